"""Arm by arm and measure by measure: B less A over blocks, with Welch's interval, and what may be said of it."""

from __future__ import annotations

from typing import Any

from benchmarks.compare.sense import Sense
from benchmarks.compare.side import Side
from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.judge.comparisons import MEASURES
from benchmarks.noise import floor_ms
from benchmarks.statistics import BLOCKS_MIN, SIGNIFICANT, STARTS_MIN, Unpaired, compare_unpaired, mean_over_blocks

LOWER, HIGHER, NONE, AS_SEEN, REFUSED, UNKNOWN = "B lower", "B higher", "none shown", "as seen", "refused", "unknown"
"""What a row shows, in a word or two."""


def measured(a: Side, b: Side, may: Sense) -> list[dict[str, Any]]:
    """A row for every arm that both have and every measure that either has."""
    rows = [_row(a, b, arm, measure, may) for arm in may.arms for measure in MEASURES]
    return [row for row in rows if row["a"] is not None or row["b"] is not None]


def figures(side: Side, arm: str, measure: str) -> list[list[float]]:
    """Start by start the figures of the measured blocks; [] when one has none: to leave it out would flatter a side."""
    starts: dict[int, list[float]] = {}
    for point in side.points(arm):
        if point.get(measure) is None:
            return []
        starts.setdefault(point["restart"], []).append(float(point[measure]))
    return list(starts.values())


def floor_of(a: Side, b: Side, measure: str, *values: float | None) -> float | None:
    """The larger of what the two runs call the noise floor of their machine, in ms at these values."""
    floors = [floor_ms(side.run.manifest, measure, *values) for side in (a, b)]
    return max((floor for floor in floors if floor is not None), default=None)


def _row(a: Side, b: Side, arm: str, measure: str, may: Sense) -> dict[str, Any]:
    left, right = figures(b, arm, measure), figures(a, arm, measure)
    whole = bool(left and right)
    values = {"a": _value(a, arm, measure, right), "b": _value(b, arm, measure, left)}
    floor = floor_of(a, b, measure, *values.values())
    seen = compare_unpaired(left, right, floor) if whole else compare_unpaired((), ())
    row = {
        "arm": arm,
        "measure": measure,
        "unit": "ms",
        **values,
        "difference": rounded(seen.difference) if whole else _difference(values["a"], values["b"]),
        "interval": pair_of(seen.interval),
        "p_value": seen.p_value,
        "p_starts": seen.p_starts,
        "blocks": {"a": len(a.points(arm)), "b": len(b.points(arm))},
        "starts": {"a": a.starts(arm), "b": b.starts(arm)},
        "how": "mean of blocks" if whole else "pooled over blocks that are too small for it",
        "noise_floor": floor,
    }
    refused = may.refused(arm)
    if refused:
        row |= dict.fromkeys(("difference", "interval", "p_value", "p_starts"))
    shows, verdict = (REFUSED, refused) if refused else worded(seen, row, whole, may)
    return row | {"shows": shows, "verdict": verdict}


def worded(seen: Unpaired, row: dict[str, Any], whole: bool, may: Sense) -> tuple[str, str]:
    """In short, and in full: words as the judge's."""
    if row["difference"] is None:
        return UNKNOWN, "unknown: not reached, or not recorded, in every block"
    if may.withheld:
        return AS_SEEN, f"no verdict, as seen: {'; '.join(may.withheld)}"
    scarce = [*too_few("block", row["blocks"], BLOCKS_MIN), *too_few("start", row["starts"], STARTS_MIN)]
    if scarce:
        return AS_SEEN, f"no verdict, as seen: {' and '.join(scarce)}"
    if not whole or seen.verdict == "no verdict":
        return AS_SEEN, "no verdict, as seen: blocks too small for it"
    if seen.verdict == "no difference shown" and (seen.p_value or 0) <= SIGNIFICANT < (seen.p_starts or 0):
        return NONE, "no difference shown: starts of one run differ by as much"
    return {"lower": (LOWER, LOWER), "higher": (HIGHER, HIGHER)}.get(seen.verdict, (NONE, "no difference shown"))


def too_few(what: str, counts: dict[str, int], needed: int) -> list[str]:
    """What a verdict would have needed, if there is too little."""
    if min(counts.values()) >= needed:
        return []
    return [f"{counts['a']} and {counts['b']} {what}s, {needed} a side are needed"]


def _value(side: Side, arm: str, measure: str, known: list[list[float]]) -> float | None:
    blocks = [value for start in known for value in start]
    return rounded(mean_over_blocks(blocks).value) if blocks else side.pooled(arm, measure)


def _difference(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else rounded(b - a)
