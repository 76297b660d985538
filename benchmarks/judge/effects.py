"""So much is the pattern, so much is the wire: the square of two patterns and two wires, pair of blocks by pair.

An effect is a mean over the other factor, so that neither is mistaken for the other. A mean tells nothing where the two
it is made of lie apart: the interaction says how far they do. A queue is outside the square.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.judge.comparisons import WIRES, by_pair, refusals, too_few
from benchmarks.judge.run import Run
from benchmarks.noise import floor_ms
from benchmarks.statistics import Difference, compare

MEASURES = ("closed_ms_p50", "accepted_ms_p50", "cpu_ms_per_order")
PATTERNS = ("orchestration", "choreography")
Corner = tuple[str, str]
Figures = Mapping[Corner, float]

INTERACTION = "interaction"


def _of_pattern(of: Figures, wire: str) -> float:
    """What the one pattern takes more than the other on that wire, in one pair of blocks."""
    return of[PATTERNS[0], wire] - of[PATTERNS[1], wire]


def _of_wire(of: Figures, pattern: str) -> float:
    """What the one wire takes more than the other in that pattern, in one pair of blocks."""
    return of[pattern, WIRES[0]] - of[pattern, WIRES[1]]


FACTORS: Mapping[str, tuple[str, str, float, Callable[[Figures], float]]] = {
    "pattern": (*PATTERNS, 1.0, lambda of: sum(_of_pattern(of, wire) for wire in WIRES) / 2),
    "transport": (*WIRES, 1.0, lambda of: sum(_of_wire(of, pattern) for pattern in PATTERNS) / 2),
    INTERACTION: (WIRES[1], WIRES[0], 2.0, lambda of: _of_pattern(of, WIRES[1]) - _of_pattern(of, WIRES[0])),
}
"""Factor -> (a, b, noise floors that fit into it, the effect of a over b in one pair of blocks).

The interaction is what the pattern's part is on streams less what it is on http: two differences, so two floors.
"""


def effects(run: Run, measures: Sequence[str] = MEASURES, why: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """A row per measure and factor; none when a corner of the square is missing, or the arms must not be compared.

    `why`: the reasons against it, where they are known already; None: `refusals`.
    """
    corners = {(run.pattern(arm), run.transport(arm)): arm for arm in run.arms}
    wanted = [(pattern, wire) for pattern in PATTERNS for wire in WIRES]
    if not all(corner in corners for corner in wanted) or (refusals(run) if why is None else why):
        return []
    points = {corner: by_pair(run, corners[corner]) for corner in wanted}
    pairs = sorted(set.intersection(*(set(each) for each in points.values())))
    starts = len({points[wanted[0]][pair]["restart"] for pair in pairs})
    rows = []
    for measure in measures:
        figures = [{corner: points[corner][pair].get(measure) for corner in wanted} for pair in pairs]
        whole = [each for each in figures if None not in each.values()]
        if len(whole) == len(figures):
            level = [value for each in whole for value in each.values()]
            floor = floor_ms(run.manifest, measure, *level)
            rows += [_effect(measure, factor, whole, starts, floor) for factor in FACTORS]
    return rows


def _effect(
    measure: str, factor: str, figures: list[dict[Corner, Any]], starts: int, floor: float | None
) -> dict[str, Any]:
    a, b, floors, of = FACTORS[factor]
    floor = None if floor is None else floor * floors
    seen = compare([(of(each), 0.0) for each in figures], floor, starts=starts)
    return {
        "measure": measure,
        "unit": "ms",
        "factor": factor,
        "a": a,
        "b": b,
        "difference": rounded(seen.difference),
        "interval": pair_of(seen.interval),
        "blocks": seen.blocks,
        "starts": starts,
        "noise_floor": floor,
        "verdict": _worded(seen, f"the pattern's part on {a}" if factor == INTERACTION else a, starts),
    }


def _worded(seen: Difference, a: str, starts: int) -> str:
    if seen.verdict in ("lower", "higher"):
        return f"{a} {seen.verdict}"
    if seen.verdict == "no verdict":
        return too_few(seen.blocks, starts)
    return seen.verdict
