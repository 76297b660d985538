"""Orders' stories as pictures, side by side in rows of two: for the report, and for a page or a file of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.charts.paper import sheet
from benchmarks.charts.sequence import sequence, width_of
from benchmarks.charts.waterfall import waterfall
from benchmarks.traces.examples import side_by_side
from benchmarks.traces.journey import Journey
from benchmarks.traces.story import stories


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row: for each arm its two pictures."""

    arms: tuple[str, ...]
    waterfalls: tuple[str, ...]
    sequences: tuple[str, ...]


def drawn(journeys: Sequence[Journey], name: str) -> list[Drawn]:
    """Rows of two. `name` keeps the ids of a page's pictures apart."""
    return [_row(row, f"{name}-{number}") for number, row in enumerate(side_by_side(journeys))]


def _row(row: Sequence[Journey], name: str) -> Drawn:
    told = stories(row)
    width = width_of(story.diagram for story in told)
    return Drawn(
        tuple(story.arm for story in told),
        tuple(waterfall(story, f"{name}-waterfall-{number}") for number, story in enumerate(told)),
        tuple(sequence(story, f"{name}-sequence-{number}", width) for number, story in enumerate(told)),
    )


def file(journeys: Sequence[Journey], sequence_only: bool = False) -> str:
    """One SVG document, a column for each order, in the order given."""
    each = _row(journeys, "story")
    columns = zip(each.waterfalls, each.sequences, strict=True)
    return sheet([column[1:] if sequence_only else column for column in columns])
