"""Whether an arm keeps up with a steady load: nearly all of its orders closed in time, and no backlog that grows.

One definition for every experiment that asks for a rate. Everything counts from when an order was due. Unfinished ones
are in every denominator; an order that the business turns down is closed when it is cancelled. Malformed requests are
no orders: who must be refused is not refused late.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.rows import Row

SHARE_MIN = 0.99  # of the orders that are due, closed within the SLO
GROWTH_S_MAX = 0.1  # seconds of arrivals by which a backlog may grow over the second half: 7 % too many in 3 s do that
LATE_S_MAX = 0.1  # as late the load generator may be, at its 99th percentile: later, and it is looked at as the limit
LOOKS = 40  # at the backlog, over the second half
Verdict = Literal["carried", "too late", "piles up", "not sent"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`within`: closed within the SLO. `growth_s`: by how many seconds of arrivals the backlog grew over the second
    half. `open_s`: the backlog when the last order was due. `late_s`: the load generator's own, 99th percentile."""

    due: int
    within: int
    growth_s: float
    open_s: float
    late_s: float
    skipped: int
    verdict: Verdict

    @property
    def share(self) -> float:
        """Of the orders due, closed within the SLO."""
        return self.within / self.due if self.due else 0.0


def outcome(rows: Iterable[Row], rate: float, seconds: float, start_ms: float, slo_s: float) -> Outcome:
    """Of a steady load that began at `start_ms` (epoch)."""
    orders = real(rows)
    sent = [row for row in orders if row["sent_ms"] is not None]
    spans = [(row["due_ms"], end_ms(row)) for row in orders]
    within = sum(end - due <= slo_s * 1000 for due, end in spans)
    growth, last = _backlog(spans, rate, seconds, start_ms)
    late_s = _quantile([row["sent_ms"] - row["due_ms"] for row in sent], 0.99) / 1000
    skipped = len(orders) - len(sent)
    verdict = _verdict(within, len(spans), growth)
    if verdict != "carried" and (skipped or late_s > LATE_S_MAX):
        verdict = _blamed(verdict, sent, rate, seconds, start_ms, slo_s)
    return Outcome(len(orders), within, growth, last, late_s, skipped, verdict)


def real(rows: Iterable[Row]) -> list[Row]:
    """Orders that had to be taken in."""
    return [row for row in rows if row["expected"] != "malformed"]


def end_ms(row: Row) -> float:
    """When an order was closed (epoch ms); never, when it was not."""
    closed = row.get("closed_ms")
    return math.inf if closed is None else float(closed)


def _blamed(
    verdict: Verdict, sent: Sequence[Row], rate: float, seconds: float, start_ms: float, slo_s: float
) -> Verdict:
    """The load generator was late. Had the arm carried what it got, counted from when it got it, it is not to blame."""
    spans = [(row["sent_ms"], end_ms(row)) for row in sent]
    within = sum(end - began <= slo_s * 1000 for began, end in spans)
    growth, _ = _backlog(spans, rate, seconds, start_ms)
    return "not sent" if _verdict(within, len(spans), growth) == "carried" else verdict


def _verdict(within: int, due: int, growth_s: float) -> Verdict:
    if growth_s > GROWTH_S_MAX:
        return "piles up"
    return "carried" if due and within >= SHARE_MIN * due else "too late"


def _backlog(spans: Sequence[tuple[float, float]], rate: float, seconds: float, start_ms: float) -> tuple[float, float]:
    """Growth over the second half and size at the end, in seconds of arrivals; the growth by least squares."""
    half = seconds / 2
    times = [half + half * number / (LOOKS - 1) for number in range(LOOKS)]
    begun, ended = sorted(began for began, _ in spans), sorted(end for _, end in spans)
    sizes = [bisect(begun, start_ms + at * 1000) - bisect(ended, start_ms + at * 1000) for at in times]
    middle, level = sum(times) / LOOKS, sum(sizes) / LOOKS
    spread = sum((at - middle) ** 2 for at in times)
    slope = sum((at - middle) * (size - level) for at, size in zip(times, sizes, strict=True)) / spread
    return slope * half / rate, sizes[-1] / rate


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0
