"""So much is the pattern, so much is the wire: the square of two patterns and two wires, pair of blocks by pair.

An effect is a mean over the other factor, so that neither is mistaken for the other. A queue is outside the square.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.judge.comparisons import by_pair, refusals, too_few
from benchmarks.judge.run import Run
from benchmarks.statistics import Difference, compare

MEASURES = ("closed_ms_p50", "accepted_ms_p50", "cpu_ms_per_order")
PATTERNS, WIRES = ("orchestration", "choreography"), ("http", "streams")
Corner = tuple[str, str]
Figures = Mapping[Corner, float]

FACTORS: Mapping[str, tuple[str, str, Callable[[Figures, Corner], float]]] = {
    "pattern": (*PATTERNS, lambda of, ends: sum(of[ends[0], wire] - of[ends[1], wire] for wire in WIRES) / 2),
    "transport": (
        *WIRES,
        lambda of, ends: sum(of[pattern, ends[0]] - of[pattern, ends[1]] for pattern in PATTERNS) / 2,
    ),
}
"""Factor -> (a, b, the effect of a over b in one pair of blocks)."""


def effects(run: Run) -> list[dict[str, Any]]:
    """A row per measure and factor; none when a corner of the square is missing, or the arms must not be compared."""
    corners = {(run.pattern(arm), run.transport(arm)): arm for arm in run.arms}
    wanted = [(pattern, wire) for pattern in PATTERNS for wire in WIRES]
    if not all(corner in corners for corner in wanted) or refusals(run):
        return []
    points = {corner: by_pair(run, corners[corner]) for corner in wanted}
    pairs = sorted(set.intersection(*(set(each) for each in points.values())))
    starts = len({points[wanted[0]][pair]["restart"] for pair in pairs})
    rows = []
    for measure in MEASURES:
        figures = [{corner: points[corner][pair].get(measure) for corner in wanted} for pair in pairs]
        whole = [each for each in figures if None not in each.values()]
        if len(whole) == len(figures):
            rows += [_effect(measure, factor, whole, starts) for factor in FACTORS]
    return rows


def _effect(measure: str, factor: str, figures: list[dict[Corner, Any]], starts: int) -> dict[str, Any]:
    a, b, of = FACTORS[factor]
    seen = compare([(of(each, (a, b)), 0.0) for each in figures], starts=starts)
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
        "verdict": _worded(seen, a, starts),
    }


def _worded(seen: Difference, a: str, starts: int) -> str:
    if seen.verdict in ("lower", "higher"):
        return f"{a} {seen.verdict}"
    if seen.verdict == "no verdict":
        return too_few(seen.blocks, starts)
    return seen.verdict
