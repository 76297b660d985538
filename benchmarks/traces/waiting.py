"""How an order's time was spent: with somebody waiting over HTTP, with somebody at work, or with nobody."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from benchmarks.traces.journey import Journey
from benchmarks.traces.naming import CUSTOMER
from benchmarks.traces.spans import CLIENT

Interval = tuple[int, int]


def together(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals that touch or overlap as one, in order."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def length(intervals: Iterable[Interval]) -> int:
    """What they cover, counted once."""
    return sum(end - start for start, end in together(intervals))


def blocking_ns(journey: Journey) -> int:
    """The time in which a process of the arm waited over HTTP for another; the customer is none of them."""
    return length(
        (span.start_ns, span.end_ns)
        for span in journey.spans
        if span.kind == CLIENT and span.over_http and span.service != CUSTOMER
    )


def blocking_share(journey: Journey) -> float:
    """`blocking_ns` of the whole, 0 to 1."""
    whole = journey.end_ns - journey.start_ns
    return round(blocking_ns(journey) / whole, 4) if whole else 0.0


def unattended(journey: Journey) -> list[Interval]:
    """When no span was under way: the order lay in a stream, in a queue, or in nobody's hands."""
    busy = together((span.start_ns, span.end_ns) for span in journey.spans)
    return [(before[1], after[0]) for before, after in pairwise(busy)]


def unattended_share(journey: Journey) -> float:
    """Of the whole, 0 to 1."""
    whole = journey.end_ns - journey.start_ns
    return round(length(unattended(journey)) / whole, 4) if whole else 0.0
