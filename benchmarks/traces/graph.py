"""What caused what: the spans of an order as one graph, by parent, and by link where a trace was begun anew.

A span whose cause was lost, because its process was killed before it had written it, hangs in the air. Its siblings
still show that they had the same cause, so they stay together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from benchmarks.traces.journey import Journey
from benchmarks.traces.spans import CLIENT, SERVER, Span

Id = tuple[str, str]  # trace id, span id


def id_of(span: Span) -> Id:
    """The span's own id; span ids alone are unique within their trace only."""
    return span.trace_id, span.span_id


def causes(span: Span) -> list[Id]:
    """What the span names as its cause: its parent first, then what it links to."""
    parent = [(span.trace_id, span.parent_id)] if span.parent_id else []
    return [*parent, *(link for link in span.links if link not in parent)]


@dataclass(frozen=True)
class Graph:
    """The journey's spans with their causes."""

    journey: Journey

    @cached_property
    def by_id(self) -> dict[Id, Span]:
        """Id -> span."""
        return {id_of(span): span for span in self.journey.spans}

    def cause(self, span: Span) -> Span | None:
        """The span that caused this one: its parent, else one that it links to; None when it has none, or it is lost.

        A span that would be its own ancestor, as in no trace of ours, has no cause.
        """
        return self._cause.get(id_of(span))

    def effects(self, span: Span | None) -> list[Span]:
        """What it caused, earliest first; of None, the roots and what hangs in the air."""
        return self._effects.get(id_of(span) if span else None, [])

    @cached_property
    def hanging(self) -> tuple[Span, ...]:
        """Spans that name a cause, and none of those they name is there.

        A door whose caller is missing does not hang: the customer may trace elsewhere, or nowhere.
        """
        return tuple(
            span for span in self.journey.spans if causes(span) and self.cause(span) is None and not _at_the_door(span)
        )

    @cached_property
    def parts(self) -> tuple[tuple[Span, ...], ...]:
        """The spans that hang together, by what is there and by what is lost alike; one part is as it should be."""
        group: dict[Id, Id] = {}

        def top(one: Id) -> Id:
            while group.setdefault(one, one) != one:
                group[one] = group[group[one]]
                one = group[one]
            return one

        for span in self.journey.spans:
            for cause in causes(span):
                group[top(id_of(span))] = top(cause)
        found: dict[Id, list[Span]] = {}
        for span in self.journey.spans:
            found.setdefault(top(id_of(span)), []).append(span)
        return tuple(tuple(part) for part in found.values())

    @property
    def connected(self) -> bool:
        """Whether all of it is one graph, and nothing hangs in the air."""
        return len(self.parts) == 1 and not self.hanging

    @cached_property
    def unwritten(self) -> int:
        """How many requests were answered while the span of whoever answered is not there: not written yet, or lost."""
        asked = [
            span for span in self.journey.spans if span.kind == CLIENT and span.number("http.response.status_code")
        ]
        return sum(all(each.kind != SERVER for each in self.effects(span)) for span in asked)

    def walked(self) -> Iterable[tuple[Span, int]]:
        """Every span once with its depth, causes before what they caused, earliest first."""
        waiting = [(span, 0) for span in reversed(self.effects(None))]
        while waiting:
            span, depth = waiting.pop()
            yield span, depth
            waiting += [(each, depth + 1) for each in reversed(self.effects(span))]

    @cached_property
    def _cause(self) -> dict[Id, Span]:
        found: dict[Id, Span] = {}
        for span in self.journey.spans:
            there = (self.by_id[each] for each in causes(span) if each in self.by_id)
            cause = next((each for each in there if not _leads_to(each, span, found)), None)
            if cause is not None:
                found[id_of(span)] = cause
        return found

    @cached_property
    def _effects(self) -> dict[Id | None, list[Span]]:
        found: dict[Id | None, list[Span]] = {}
        for span in self.journey.spans:
            cause = self.cause(span)
            found.setdefault(id_of(cause) if cause else None, []).append(span)
        return found


def _leads_to(span: Span, to: Span, found: dict[Id, Span]) -> bool:
    """Whether `span` was caused, at whatever remove, by `to`."""
    at: Span | None = span
    while at is not None and id_of(at) != id_of(to):
        at = found.get(id_of(at))
    return at is not None


def _at_the_door(span: Span) -> bool:
    """Whether it is where the order came in, or the customer that sent it."""
    return span.text("http.route") == "/orders" or (span.kind in (SERVER, CLIENT) and span.name == "POST /orders")
