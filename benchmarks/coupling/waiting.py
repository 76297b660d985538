"""Who waits for whom while an order is under way: requests over HTTP that are held open, read off an order's spans.

A request is blocking: whoever asks holds a connection open until the other has answered. Messages over a stream or a
queue are not: their sender goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.traces.graph import Graph
from benchmarks.traces.naming import DOOR, label_of
from benchmarks.traces.spans import CLIENT, SERVER, Span

Times = tuple[int, int]


def depth(graph: Graph) -> int:
    """The longest chain of requests, each made and answered while the one before it was being answered.

    The customer's own is not among them.
    """
    return max((_below(graph, span) for span in _asking(graph)), default=0)


def blocking_share(graph: Graph) -> float | None:
    """The share of an order's time from accepted to closed in which some process holds such a request open, 0 to 1.

    Accepted is the end of the door's answer, closed the end of the closing commit, both by the processes' clocks. None
    when the spans do not tell them, or an order was closed before its customer was answered.
    """
    doors = [span for span in graph.journey.spans if span.kind == SERVER and label_of(span) == DOOR]
    closed_ns = graph.journey.closed_ns
    if not doors or closed_ns is None:
        return None
    accepted_ns = min(span.end_ns for span in doors)
    if closed_ns <= accepted_ns:
        return None
    held = ((max(span.start_ns, accepted_ns), min(span.end_ns, closed_ns)) for span in _asking(graph))
    return covered(each for each in held if each[1] > each[0]) / (closed_ns - accepted_ns)


def covered(times: Iterable[Times]) -> int:
    """How much time these intervals cover together."""
    whole, reached = 0, 0
    for start, end in sorted(times):
        whole += max(0, end - max(start, reached))
        reached = max(reached, end)
    return whole


def _asking(graph: Graph) -> Iterator[Span]:
    return (span for span in graph.journey.spans if span.kind == CLIENT and span.over_http and label_of(span) != DOOR)


def _below(graph: Graph, client: Span) -> int:
    """1 for the request itself, and what its answering had to wait for."""
    served = [each for each in graph.effects(client) if each.kind == SERVER]
    inner = [span for server in served for span in _nested(graph, server, server)]
    return 1 + max((_below(graph, span) for span in inner), default=0)


def _nested(graph: Graph, span: Span, server: Span) -> Iterator[Span]:
    """Requests that were caused by this one's answering, and over before the answer was."""
    for each in graph.effects(span):
        if each.kind == CLIENT and each.over_http:
            if server.start_ns <= each.start_ns and each.end_ns <= server.end_ns:
                yield each
        elif each.kind != SERVER:
            yield from _nested(graph, each, server)
