"""A known delay, put into one operation of the twin: is it found, and as long as it was?

An interval that does not reach the truth is a lie, and so is a verdict that says lower: the check fails. One so wide
that it reaches both the truth and nothing at all is honest: this machine is too noisy now to show such a delay.

The truth is the delay, up to what three of four sleeps of that length oversleep at most on this machine, as was
measured beside the load. The interval has 99 %: a check must not fail by chance in every tenth run of two arms. Where
blocks are too small for a median each, the lab has no verdict; there an interval above nothing shows the delay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.calibrate.figures import pooled, resampled
from benchmarks.calibrate.plan import DELAY, twins
from benchmarks.calibrate.records import Pair, Records, owned
from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.statistics import STARTS_MIN, compare, student_interval

MEASURE, CLOCK, SHARE = "closed_ms_p50", "closed", 0.5
CONFIDENCE = 0.99


def delays(records: Records) -> list[dict[str, Any]]:
    """A row for each arm whose blocks under the delay were recorded."""
    told = next(iter(records.told(DELAY)), {})
    return [_row(records, arm, told) for arm in records.arms if records.pairs(DELAY, arm)]


def _row(records: Records, arm: str, told: Any) -> dict[str, Any]:
    asked, overshoot = float(records.plan["delay_ms"]), told.get("overshoot_ms") or {}
    pairs = records.pairs(DELAY, arm)
    how, found, interval, verdict = _found(pairs)
    truth = [asked, round(asked + max(0.0, overshoot.get("p75") or 0.0), 3)]
    whole = len(pairs) >= int(records.plan["pairs"])
    reached = interval is not None and interval[0] <= truth[1] and truth[0] <= interval[1]
    shown = verdict == "higher" or (how == "pooled" and interval is not None and interval[0] > 0)
    return {
        "arm": arm,
        "operation": records.plan["operation"],
        "measure": MEASURE,
        "asked_ms": asked,
        "overshoot_ms": {name: overshoot.get(name) for name in ("p50", "p75")},
        "truth_ms": truth,
        "took_ms_more": _took_more(told.get("took_ms") or {}, arm),
        "found_ms": rounded(found),
        "interval_ms": pair_of(interval),
        "confidence": CONFIDENCE,
        "how": how,
        "verdict": verdict,
        "blocks": len(pairs),
        "shown": shown,
        "held": reached and (shown or _wide(interval)) if whole else None,
    }


def _found(pairs: Sequence[Pair]) -> tuple[str, float | None, tuple[float, float] | None, str]:
    """B less A, by "blocks" or "pooled": how much later an order is closed with the delay, by the lab's own rule."""
    own = owned(pairs, MEASURE)
    if own is None:  # a slow arm's blocks may be too small for a median each
        sides = [(pair.b.sample(CLOCK), pair.a.sample(CLOCK)) for pair in pairs]
        b, a = (pooled([side[index] for side in sides], SHARE) for index in (0, 1))
        difference = None if a is None or b is None else b - a
        return "pooled", difference, resampled(sides, SHARE, len(pairs), CONFIDENCE), "no verdict"
    seen = compare([(b, a) for a, b in own], None, starts=STARTS_MIN)
    return "blocks", seen.difference, student_interval([b - a for a, b in own], CONFIDENCE), seen.verdict


def _wide(interval: tuple[float, float] | None) -> bool:
    """Whether it could as well be nothing."""
    return interval is not None and interval[0] <= 0 <= interval[1]


def _took_more(took: Any, arm: str) -> float | None:
    """What the delayed service itself says: by how much its mean operation took longer than its twin's."""
    a, b = (took.get(name) for name in twins(arm))
    return None if a is None or b is None else round(b - a, 3)
