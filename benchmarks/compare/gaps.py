"""Whether the gap between two arms changed: in each run they took turns, so what slowed both alike is not in it.

Pair of blocks by pair, the ratio of one arm to the other; then the ratios of B against those of A. A machine that was
slower by some factor in B cancels; one that added the same milliseconds to both does not.
"""

from __future__ import annotations

import math
from typing import Any

from benchmarks.compare.measures import HIGHER, LOWER, NONE, worded
from benchmarks.compare.sense import Sense
from benchmarks.compare.side import Side
from benchmarks.judge.comparisons import by_pair, couples
from benchmarks.statistics import compare_unpaired, mean_over_blocks

MEASURES = ("closed_ms_p50", "accepted_ms_p50", "cpu_ms_per_order")


def gaps(a: Side, b: Side, may: Sense) -> list[dict[str, Any]]:
    """A row for every two arms that were interleaved in both runs."""
    pairs = [pair for pair in couples(a.run) if all(arm in may.arms for arm in pair)]
    rows = [_row(a, b, pair, measure, may) for pair in pairs for measure in MEASURES]
    return [row for row in rows if row]


def _row(a: Side, b: Side, arms: tuple[str, str], measure: str, may: Sense) -> dict[str, Any] | None:
    logs = {side.label: _logs(side, arms, measure) for side in (a, b)}
    if not all(logs.values()):
        return None
    seen = compare_unpaired(logs["B"], logs["A"])
    row = {
        "measure": measure,
        "left": arms[0],
        "right": arms[1],
        "a": _ratio(_mean(logs["A"])),
        "b": _ratio(_mean(logs["B"])),
        "change": _ratio(seen.difference),
        "interval": [_ratio(end) for end in seen.interval] if seen.interval else None,
        "p_value": seen.p_value,
        "p_starts": seen.p_starts,
        "blocks": {"a": seen.blocks[1], "b": seen.blocks[0]},
        "starts": {"a": len(logs["A"]), "b": len(logs["B"])},
    }
    refused = may.refused(*arms) or _unequal(a, b)
    if refused:
        return (
            row
            | dict.fromkeys(("change", "interval", "p_value", "p_starts"))
            | {"shows": "refused", "verdict": refused}
        )
    shows, verdict = worded(seen, row | {"difference": seen.difference}, True, may)
    said = {LOWER: "ratio lower in B", HIGHER: "ratio higher in B", NONE: "no change shown"}
    return row | {"shows": shows, "verdict": said.get(shows, verdict)}


def _logs(side: Side, arms: tuple[str, str], measure: str) -> list[list[float]]:
    """Start by start, the logarithm of left over right, pair by pair; [] when a figure is unknown or not above zero."""
    left, right = (by_pair(side.run, arm) for arm in arms)
    starts: dict[int, list[float]] = {}
    for pair in sorted({*left} & {*right}):
        x, y = (float(each[pair].get(measure) or 0) for each in (left, right))
        if x <= 0 or y <= 0:
            return []
        starts.setdefault(left[pair]["restart"], []).append(math.log(x / y))
    return list(starts.values())


def _mean(starts: list[list[float]]) -> float | None:
    return mean_over_blocks([log for start in starts for log in start]).value


def _ratio(log: float | None) -> float | None:
    return None if log is None else round(math.exp(log), 3)


def _unequal(a: Side, b: Side) -> str | None:
    """Arms that ran under unequal conditions have no gap to speak of."""
    told = [f"{sentence} in {side.label}" for side in (a, b) for sentence in side.run.unequal]
    return f"refused: {'; '.join(told)}" if told else None
