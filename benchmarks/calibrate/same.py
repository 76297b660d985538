"""A thing against itself: how wide the intervals are, how often a difference is seen, and the noise floor.

The rule is the lab's own (`statistics.compare`), without a floor. Each start of the twins is compared by itself, so
that what differs between two starts counts as the difference that it would pass for. Blocks of one start are never
relabelled: that would make any test of signs right by construction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.calibrate.figures import binomial_interval, half_width, pooled, resampled
from benchmarks.calibrate.goals import BLOCKS, GOALS, RULED
from benchmarks.calibrate.plan import SAME, twins
from benchmarks.calibrate.records import MEASURES, Pair, Records, split
from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.statistics import SIGNIFICANT, STARTS_MIN, compare, orders_needed

SHOWN = ("lower", "higher")
Rows = list[dict[str, Any]]


def comparisons(records: Records) -> Rows:
    """A row for each start, arm and measure with a goal: A less B, its interval, what the lab's own rule says."""
    return [
        {"start": start} | compared(arm, measure, [pair for pair in pairs if pair.start == start])
        for arm in records.arms
        for pairs in (records.pairs(SAME, arm),)
        for start in sorted({pair.start for pair in pairs})
        for measure in GOALS
    ]


def over_all(records: Records) -> Rows:
    """The same over all starts together: a row for each arm and measure."""
    return [compared(arm, measure, records.pairs(SAME, arm)) for arm in records.arms for measure in MEASURES]


def compared(arm: str, measure: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """One comparison. `how` is "blocks", or "pooled" where blocks are too small for a figure of their own."""
    a, b = twins(arm)
    own = owned(pairs, measure)
    row: dict[str, Any] = {
        "arm": arm,
        "measure": measure,
        "unit": "ms",
        "a": a,
        "b": b,
        "blocks": len(pairs),
        "starts": len({pair.start for pair in pairs}),
    }
    if own is None:
        return row | _pooled(pairs, measure)
    seen = compare(own, None, starts=STARTS_MIN)
    value = sum(left + right for left, right in own) / (2 * len(own)) if own else None
    return row | {
        "how": "blocks",
        "value": rounded(value),
        "difference": rounded(seen.difference),
        "interval": pair_of(seen.interval),
        "verdict": seen.verdict,
    }


def owned(pairs: Sequence[Pair], measure: str) -> list[tuple[float, float]] | None:
    """The blocks' own figures, pair by pair; None when one has none."""
    found = [(pair.a.own(measure), pair.b.own(measure)) for pair in pairs]
    whole = [(a, b) for a, b in found if a is not None and b is not None]
    return whole if len(whole) == len(found) else None


def half_widths(records: Records) -> Rows:
    """A row for each arm and goal: half of the interval that BLOCKS blocks a side give, as a share of the value."""
    return [
        {"arm": arm, "measure": measure, "goal": goal, **_half_width(records.pairs(SAME, arm), measure, goal)}
        for arm in records.arms
        for measure, goal in GOALS.items()
    ]


def _half_width(pairs: Sequence[Pair], measure: str, goal: float) -> dict[str, Any]:
    row, own = compared("", measure, pairs), owned(pairs, measure)
    pooled_half = None if own is not None else _half(_resampled(pairs, measure, BLOCKS))
    share = _share(pooled_half if own is None else half_width([a - b for a, b in own], BLOCKS), row["value"])
    told = {name: row[name] for name in ("how", "value", "blocks", "starts")}
    return told | {"half_width": share, "met": None if share is None else share <= goal}


def false_positives(rows: Rows) -> dict[str, Any]:
    """How many of the comparisons that the rule judges showed a difference, with the exact interval of the share."""
    judged = [row for row in rows if row["measure"] in RULED and row["verdict"] != "no verdict"]
    hits = [row for row in judged if row["verdict"] in SHOWN]
    interval = binomial_interval(len(hits), len(judged))
    return {
        "nominal": SIGNIFICANT,
        "measures": list(RULED),
        "comparisons": len(judged),
        "shown": len(hits),
        "share": len(hits) / len(judged) if judged else None,
        "interval": None if interval is None else [round(end, 4) for end in interval],
        "met": None if interval is None else interval[0] <= SIGNIFICANT <= interval[1],
    }


def floor(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Measure -> the noise floor as a share of the value.

    Of each arm the larger of the mean difference and of half its interval, over all starts: what was seen between a
    thing and itself, or could have been without being noticed. Of all arms the largest: a later run may have others.
    """
    shares: dict[str, float] = {}
    for row in rows:
        if row["difference"] is not None and row["interval"] is not None and row["value"]:
            seen = max(abs(row["difference"]), _half(row["interval"]) or 0.0) / row["value"]
            shares[row["measure"]] = max(round(seen, 5), shares.get(row["measure"], 0.0))
    return shares


def _pooled(pairs: Sequence[Pair], measure: str) -> dict[str, Any]:
    """A quantile over all blocks of a side together, when they have orders enough for it."""
    nothing = dict.fromkeys(("value", "difference", "interval")) | {"how": "pooled", "verdict": "no verdict"}
    found = split(measure)
    if found is None or not pairs:
        return nothing
    clock, share = found
    sides = [[pair.a.sample(clock) for pair in pairs], [pair.b.sample(clock) for pair in pairs]]
    if min(sum(sample.count for sample in side) for side in sides) < orders_needed(share):
        return nothing
    a, b = (pooled(side, share) for side in sides)
    if a is None or b is None:
        return nothing
    interval = _resampled(pairs, measure, len(pairs))
    return nothing | {"value": rounded((a + b) / 2), "difference": rounded(a - b), "interval": pair_of(interval)}


def _resampled(pairs: Sequence[Pair], measure: str, blocks: int) -> tuple[float, float] | None:
    found = split(measure)
    if found is None:
        return None
    clock, share = found
    return resampled([(pair.a.sample(clock), pair.b.sample(clock)) for pair in pairs], share, blocks)


def _half(interval: Sequence[float] | None) -> float | None:
    return None if interval is None else (interval[1] - interval[0]) / 2


def _share(part: float | None, of: float | None) -> float | None:
    return round(part / of, 4) if part is not None and of else None
