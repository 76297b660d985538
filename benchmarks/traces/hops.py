"""An order's way as hops: one row for each time that something was asked for, told or begun, with all spans of it.

A hop has its asker's or sender's span, the spans of whoever did it (several, where it was tried again), the commit, and
the hearing of the answer. So a request is one hop, and an event heard is one hop, in every arm alike.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.traces.graph import Graph, Id, id_of
from benchmarks.traces.hop import Hop, Role
from benchmarks.traces.messages import messages
from benchmarks.traces.naming import CONDUCTORS, event_of, is_job, label_of
from benchmarks.traces.remarks import set_aside
from benchmarks.traces.spans import CLIENT, CONSUMER, INTERNAL, PRODUCER, SERVER, Span

WITHIN_NS = 1_000_000  # a commit that begins so soon after its cause's end still belongs to it: clocks are read apart


def hops(graph: Graph) -> list[Hop]:
    """All of them, causes before what they led to. Every span is in exactly one."""
    made = _Making(graph)
    for span, _ in graph.walked():
        made.take(span)
    receivers = {id_of(each.sent_by): each.receiver for each in messages(graph)}
    for hop in made.hops:
        hop.meant_for = receivers.get(id_of(hop.first), "")
    return made.hops


class _Making:
    """Puts spans into hops, in the order in which they are walked."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.hops: list[Hop] = []
        self._of: dict[Id, int] = {}
        self._again: dict[tuple[Id | None, str, str, str], int] = {}

    def take(self, span: Span) -> None:
        cause = self._graph.cause(span)
        role = role_of(span, cause)
        number = self._of[id_of(cause)] if cause and _joins(span, role, cause) else self._again.get(_name(span, cause))
        if number is None or role == "aside":
            number = self._begin(span, cause)
        if role in ("asks", "sends", "works", "leads"):
            self._again.setdefault(_name(span, cause), number)
        self.hops[number].spans.append((role, span))
        self._of[id_of(span)] = number

    def _begin(self, span: Span, cause: Span | None) -> int:
        after = self._of[id_of(cause)] if cause else None
        hop = Hop(0 if after is None else self.hops[after].depth + 1, after=after)
        hop.sent_ns = None if cause is None or cause.kind != PRODUCER else min(cause.end_ns, span.start_ns)
        hop.hanging = span in self._graph.hanging
        self.hops.append(hop)
        return len(self.hops) - 1


def role_of(span: Span, cause: Span | None) -> Role:
    """What a span is in its hop."""
    if set_aside(span):
        return "aside"
    if span.kind == CLIENT:
        return "asks"
    if span.kind == CONSUMER and cause is not None and _answers(span, cause):
        return "hears"
    if span.kind == CONSUMER and is_job(span):
        return "leads"
    if span.kind in (SERVER, CONSUMER):
        return "works"
    if span.kind == PRODUCER and not event_of(span):
        return "sends"
    return "commits"


def _joins(span: Span, role: Role, cause: Span) -> bool:
    """Whether it belongs to the hop of its cause, and begins none of its own."""
    if role == "hears":
        return True
    if role in ("works", "leads"):
        return cause.kind == CLIENT or (cause.kind == PRODUCER and not event_of(cause))
    in_hand = cause.kind in (SERVER, CONSUMER, INTERNAL) and span.start_ns <= cause.end_ns + WITHIN_NS
    return role == "commits" and in_hand and span.service == cause.service


def _answers(consumer: Span, cause: Span) -> bool:
    return consumer.service in CONDUCTORS and cause.kind == PRODUCER and bool(event_of(cause))


def _name(span: Span, cause: Span | None) -> tuple[Id | None, str, str, str]:
    """What a further attempt at the same has in common with the first."""
    return (id_of(cause) if cause else None), span.service, span.kind, label_of(span) + span.operation


def services(found: Iterable[Hop]) -> dict[str, set[str]]:
    """Service -> the processes of it that did something: where there are several, each is named."""
    by: dict[str, set[str]] = {}
    for hop in found:
        for span in (span for _, span in hop.spans):
            by.setdefault(span.service, set()).add(span.process)
    return by
