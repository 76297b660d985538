"""A thing against itself: how wide the intervals are, and how often a difference is seen.

The rule is the lab's own (`statistics.compare`), without a floor. Each start of the twins is compared by itself, so
that what differs between two starts counts as the difference that it would pass for. Blocks of one start are never
relabelled: that would make any test of signs right by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.calibrate.figures import binomial_interval, half_width, passes, pooled, resampled
from benchmarks.calibrate.floor import starts_reach
from benchmarks.calibrate.goals import BLOCKS, GOALS, RULED
from benchmarks.calibrate.plan import SAME, twins
from benchmarks.calibrate.records import MEASURES, Pair, Records, owned, split
from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.statistics import SIGNIFICANT, STARTS_MIN, compare, orders_needed

SHOWN = ("lower", "higher")
CONFIDENCE_OF_CHECK = 0.999  # a run must not fail by chance: between 95 and 99.9 % it is told
TIMES, POWER = 3, 0.8  # as often as nominal: what a question should notice, and in how many of runs
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
    """The same over all starts together: a row for each arm and measure, with `starts_reach`, which the floor needs."""
    return [
        compared(arm, measure, pairs) | {"starts_reach": rounded(starts_reach(pairs, measure))}
        for arm in records.arms
        for pairs in (records.pairs(SAME, arm),)
        for measure in MEASURES
    ]


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
    """How many of the comparisons that the rule judges showed a difference, with the exact interval of the share.

    `met`: the interval contains the nominal share. `weak`: whether that can tell it from three times as much.
    """
    judged = [row for row in rows if row["measure"] in RULED and row["verdict"] != "no verdict"]
    shown, of = sum(row["verdict"] in SHOWN for row in judged), len(judged)
    interval, wide = binomial_interval(shown, of), binomial_interval(shown, of, CONFIDENCE_OF_CHECK)
    return {
        "nominal": SIGNIFICANT,
        "measures": list(RULED),
        "comparisons": of,
        "shown": shown,
        "share": shown / of if of else None,
        "interval": _ends(interval),
        "interval_of_the_check": _ends(wide),
        "met": None if interval is None else interval[0] <= SIGNIFICANT <= interval[1],
        "too_often": None if interval is None else interval[0] > SIGNIFICANT,
        "held": None if wide is None else wide[0] <= SIGNIFICANT,
        "weak": _weak(of) if of else None,
    }


def _weak(of: int) -> dict[str, Any]:
    other = TIMES * SIGNIFICANT
    most, share = passes((SIGNIFICANT, other), of)
    return {"most": most, "other": round(other, 4), "passes": round(share, 4), "told_apart": share <= 1 - POWER}


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


def _ends(interval: Sequence[float] | None) -> list[float] | None:
    return None if interval is None else [round(end, 4) for end in interval]


def _half(interval: Sequence[float] | None) -> float | None:
    return None if interval is None else (interval[1] - interval[0]) / 2


def _share(part: float | None, of: float | None) -> float | None:
    return round(part / of, 4) if part is not None and of else None
