"""One message between two parties, and what is read off the spans at its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.traces.graph import Graph
from benchmarks.traces.naming import event_of
from benchmarks.traces.remarks import asked_again, goes_back
from benchmarks.traces.spans import INTERNAL, Span

Kind = Literal["request", "command", "event", "job", "reply"]


@dataclass(frozen=True, slots=True)
class Message:
    """One arrow. `received_ns` is None when nobody is known to have heard it. `failed` says why it was in vain.

    `sent_by` and `received_by` are the spans at its ends. `back`: it belongs to the way back. `overheard`: the span of
    its sending is lost; then `sent_by` is its hearer's, and nobody knows when it was sent.
    """

    kind: Kind
    sender: str
    receiver: str
    label: str
    sent_ns: int
    received_ns: int | None
    sent_by: Span
    received_by: Span | None = None
    back: bool = False
    failed: str = ""
    attempt: int = 1
    delivery: int = 1
    overheard: bool = False

    @property
    def transit_ns(self) -> int | None:
        """From sent to received."""
        return None if self.received_ns is None else self.received_ns - self.sent_ns


def leads_back(graph: Graph, hearer: Span) -> bool:
    """Whether what was done on hearing it belongs to the way back. What its hearer then asks of others does not."""
    done = [each for each in graph.effects(hearer) if each.kind == INTERNAL or event_of(each)]
    return any(goes_back(each) for each in [hearer, *done] if each.service == hearer.service)


def attempt_of(span: Span) -> int:
    """The how-manieth attempt it is, as far as it says."""
    again = span.number("http.request.resend_count") + 1 if asked_again(span) else 1
    return max(again, span.number("harmony.attempt"))
