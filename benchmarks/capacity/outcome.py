"""What became of the orders of a burst or of an overload. Whether a steady load is carried is told in `keeping_up`."""

from __future__ import annotations

import math
from collections.abc import Iterable

from benchmarks.capacity.plan import CLOSED_SHARE
from benchmarks.keeping_up import Outcome, Verdict, end_ms, outcome, real
from benchmarks.rows import Row

__all__ = ["REFUSED", "Outcome", "Verdict", "in_time", "outcome", "real", "throughput", "unsent"]

REFUSED = (429, 503)


def throughput(rows: Iterable[Row]) -> tuple[int, float | None]:
    """Of a burst: how many of its orders were closed, and how many a second (None: too few, or not all were sent).

    From when the first was due until CLOSED_SHARE of them were closed.
    """
    orders = real(rows)
    ends = sorted(end for end in map(end_ms, orders) if end < math.inf)
    count = math.ceil(CLOSED_SHARE * len(orders))
    if not orders or len(ends) < count or unsent(orders):
        return len(ends), None
    seconds = (ends[count - 1] - min(row["due_ms"] for row in orders)) / 1000
    return len(ends), count / seconds if seconds > 0 else None


def unsent(rows: Iterable[Row]) -> int:
    """Orders that were due and that the load generator could not send."""
    return sum(row["sent_ms"] is None for row in real(rows))


def in_time(rows: Iterable[Row], slo_s: float) -> int:
    """Orders closed within the SLO."""
    return sum(end_ms(row) - row["due_ms"] <= slo_s * 1000 for row in real(rows))
