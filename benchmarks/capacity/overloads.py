"""Of one arm: what it does with two and three times what it carries, and how it comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.capacity.outcome import REFUSED, in_time, real, unsent
from benchmarks.capacity.plan import OVERLOADED, SHARE_MIN, SURGED, Stage, mean
from benchmarks.capacity.records import Put, Records
from benchmarks.rows import Row

COURSES = {"overload": OVERLOADED, "surge": SURGED}
HOLDS, COLLAPSES = 0.8, 0.5  # of the knee, closed in time: what holds, and what has collapsed
ASKED_MIN = 0.9  # of two and three times the knee: less of it is another overload
STEP_S = 0.25  # how exactly it is told when all was well again


def course(records: Records, arm: str, stage: Stage, knee: float | None) -> dict[str, Any] | None:
    """Phase by phase; None when it was not put to the arm, or was cut short.

    `capped`: so much of an overload cannot be sent, and less was asked. `unsent`: orders that were due, and that the
    load generator could not send: then it was another load, and there is no verdict.
    """
    puts = records.of(arm, stage)
    if not puts or not knee:
        return None
    put, phases, at_s = puts[0], [], 0.0
    asked = put.rate / mean(COURSES[stage]) / knee
    for seconds, times in COURSES[stage]:
        its = _between(put, at_s, at_s + seconds)
        phases.append(_phase(its, seconds, times * asked, knee, records.slo_s))
        at_s += seconds
    back = _between(put, at_s - COURSES[stage][-1][0], at_s)
    left = unsent(put.orders)
    goods = [each["goodput_share"] for each in phases[:-1]]
    return {
        "open_max": put.row["open_max"],
        "phases": phases,
        "least_goodput_share": min(goods),
        "verdict": "no verdict" if left or asked < ASKED_MIN else _held(min(goods)),
        "well_after_s": _well_after_s(back, at_s - COURSES[stage][-1][0], put.row["started_ms"], records.slo_s),
        "due": len(real(put.orders)),
        "unsent": left,
        "capped": asked < ASKED_MIN,
    }


def _held(least: float) -> str:
    return "holds" if least >= HOLDS else "collapses" if least < COLLAPSES else "gives way"


def refusals(records: Records, arm: str) -> tuple[int, Counter[str]]:
    """How many orders were refused in the overload, and whatever else was answered than that or a 202."""
    rows = [row for put in records.of(arm, "overload") for row in real(put.orders)]
    sent = [row for row in rows if row["sent_ms"] is not None and not row.get("order_id")]
    refused = [row for row in sent if row["http_status"] in REFUSED and row.get("retry_after")]
    wrong = Counter(_told(row) for row in sent if not (row["http_status"] in REFUSED and row.get("retry_after")))
    return len(refused), wrong


def _told(row: Row) -> str:
    if row["http_status"] in REFUSED:
        return f"{row['http_status']} without Retry-After"
    return f"HTTP {row['http_status']}" if row["http_status"] else "no answer"


def _phase(rows: Sequence[Row], seconds: float, times: float, knee: float, slo_s: float) -> dict[str, Any]:
    orders = real(rows)
    good = in_time(orders, slo_s)
    refused = sum(row["http_status"] in REFUSED for row in orders)
    return {
        "times": times,
        "seconds": seconds,
        "due_per_s": len(orders) / seconds,
        "sent_per_s": (len(orders) - unsent(orders)) / seconds,
        "unsent": unsent(orders),
        "goodput_per_s": good / seconds,
        "goodput_share": good / seconds / min(knee, len(orders) / seconds) if orders else 0.0,
        "in_time_share": good / len(orders) if orders else None,
        "refused_share": refused / len(orders) if orders else None,
        "accepted_in_time_share": _of_accepted(orders, slo_s),
    }


def _of_accepted(orders: Sequence[Row], slo_s: float) -> float | None:
    """Who is let in should be served in time."""
    accepted = [row for row in orders if row.get("order_id")]
    return in_time(accepted, slo_s) / len(accepted) if accepted else None


def _well_after_s(back: Sequence[Row], began_s: float, start_ms: float, slo_s: float) -> float | None:
    """From when the load went down: the first moment from which on the wanted share was closed in time to the end."""
    orders = sorted(real(back), key=lambda row: float(row["due_ms"]))
    if not orders:
        return None
    zero_ms = start_ms + began_s * 1000
    last_s = (orders[-1]["due_ms"] - zero_ms) / 1000
    step = 0
    while step * STEP_S < last_s - 1:  # on less than a second nothing is said
        after = [row for row in orders if row["due_ms"] >= zero_ms + step * STEP_S * 1000]
        if in_time(after, slo_s) >= SHARE_MIN * len(after):
            return step * STEP_S
        step += 1
    return None


def _between(put: Put, from_s: float, until_s: float) -> list[Row]:
    start = put.row["started_ms"]
    return [row for row in put.orders if from_s * 1000 <= row["due_ms"] - start < until_s * 1000]
