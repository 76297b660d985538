"""Orders' stories as pictures, side by side in rows of two: for the report, and for a page or a file of their own.

All that stand on a page together have one scale of time where that can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.charts.paper import sheet
from benchmarks.charts.sequence import sequence, width_of
from benchmarks.charts.waterfall import left_of, waterfall
from benchmarks.traces.examples import rows_of_two, side_by_side
from benchmarks.traces.journey import Journey
from benchmarks.traces.story import Story, stories


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row: for each arm its two pictures."""

    arms: tuple[str, ...]
    waterfalls: tuple[str, ...]
    sequences: tuple[str, ...]


def drawn(journeys: Sequence[Journey], name: str, paired: bool = True) -> list[Drawn]:
    """Rows of two: paired by patterns, or as given. `name` keeps the ids of a page's pictures apart."""
    told = {(each.arm, each.journey.order_id): each for each in stories(journeys)}
    left = left_of(told.values())
    rows = side_by_side(journeys) if paired else rows_of_two(journeys)
    return [
        _row([told[each.arm, each.order_id] for each in row], f"{name}-{number}", left)
        for number, row in enumerate(rows)
    ]


def _row(told: Sequence[Story], name: str, left: float) -> Drawn:
    width = width_of(story.diagram for story in told)
    return Drawn(
        tuple(story.arm for story in told),
        tuple(waterfall(story, f"{name}-waterfall-{number}", left) for number, story in enumerate(told)),
        tuple(sequence(story, f"{name}-sequence-{number}", width) for number, story in enumerate(told)),
    )


def file(journeys: Sequence[Journey], sequence_only: bool = False) -> str:
    """One SVG document, a column for each order, in the order given."""
    told = stories(journeys)
    each = _row(told, "story", left_of(told))
    columns = zip(each.waterfalls, each.sequences, strict=True)
    return sheet([column[1:] if sequence_only else column for column in columns])
