"""Who told whom what, read off pairs of spans: asker and asked over HTTP, sender and hearer over a stream or a queue.

Times are those of the two ends, each by its own process' clock. What was sent and not heard, as far as the spans tell,
has no time of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.traces.graph import Graph
from benchmarks.traces.remarks import asked_again, goes_back, set_aside
from benchmarks.traces.spans import CLIENT, CONSUMER, PRODUCER, SERVER, Span
from common.domain import inventory, notification, order, payment, shipping
from common.domain.effect import name_of
from common.domain.events import EVENTS

Kind = Literal["request", "command", "event", "job", "reply"]

SERVICE_OF = {
    name_of(operation): room.__name__.rpartition(".")[2]
    for room in (order, inventory, payment, shipping, notification)
    for operation in room.OPERATIONS
}
SOURCE_OF = {event.__name__: event.source for event in EVENTS}
WAY_BACK = {event.__name__ for event in EVENTS if event.by in ("expire", "recall", "refund", "release", "apologise")}
CONDUCTORS = ("orchestrator", "worker")  # what reaches them of a service is an answer
ENTRY = "orders"


@dataclass(frozen=True, slots=True)
class Message:
    """One arrow. `received_ns` is None when nobody is known to have heard it. `failed` says why it was in vain.

    `sent_by` and `received_by` are the spans at its ends. `back`: it belongs to the way back.
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

    @property
    def transit_ns(self) -> int | None:
        """From sent to received."""
        return None if self.received_ns is None else self.received_ns - self.sent_ns


def messages(graph: Graph) -> list[Message]:
    """All of them, in the order in which they were sent."""
    found = [*_asked(graph), *_heard(graph)]
    return sorted(found, key=lambda each: (each.sent_ns, each.received_ns or each.sent_ns))


def event_of(span: Span) -> str:
    """The event that a span is about: `OrderPayed`; empty when it is about none."""
    destination = span.text("messaging.destination.name")
    in_name = destination.rpartition(":")[2] if ":events:" in destination else ""
    return span.text("harmony.event") or in_name


def label_of(span: Span) -> str:
    """What is carried: an operation's name, an event's, or `orders` for what comes in by the door."""
    if span.text("http.route") == "/orders" or span.name == "POST /orders":
        return "POST /orders"
    return event_of(span) or span.operation or span.text("messaging.destination.name") or span.name


def _asked(graph: Graph) -> Iterator[Message]:
    """Over HTTP: the request, and its answer."""
    for span in graph.journey.spans:
        if span.kind == CLIENT and span.over_http and not set_aside(span):
            served = [each for each in graph.effects(span) if each.kind == SERVER]
            yield from (message for each in served for message in _exchange(graph, span, each))
            if not served:
                yield _unanswered(span)
        elif span.kind == SERVER and label_of(span) == "POST /orders" and graph.cause(span) is None:
            yield from _from_outside(span)


def _exchange(graph: Graph, client: Span, server: Span) -> Iterator[Message]:
    sender, receiver, back = client.service, server.service, _goes_back(client) or _goes_back(server)
    what, attempt, kind = label_of(server), _attempt(client), _kind_of_request(client)
    yield Message(
        kind, sender, receiver, what, client.start_ns, max(server.start_ns, client.start_ns), client, server,
        back=back, attempt=attempt,
    )  # fmt: skip
    answer, failed = _answer(graph, server), client.error or server.error or ""
    arrives = max(client.end_ns, server.end_ns) if client.error is None else None
    if client.error is not None and server.error is not None:
        arrives = max(client.end_ns, server.end_ns)  # an answer, though one of failure
    yield Message("reply", receiver, sender, answer, server.end_ns, arrives, server, client, back=back, failed=failed)


def _unanswered(client: Span) -> Message:
    """Nobody is known to have been asked: refused, timed out, or what was done there was not written any more."""
    receiver = SERVICE_OF.get(client.operation, "")
    failed = client.error or ("" if client.number("http.response.status_code") else "no answer")
    return Message(
        _kind_of_request(client), client.service, receiver, label_of(client), client.start_ns, None, client,
        back=_goes_back(client), failed=failed, attempt=_attempt(client),
    )  # fmt: skip


def _from_outside(door: Span) -> Iterator[Message]:
    """A customer who writes no spans."""
    yield Message("request", "customer", door.service, label_of(door), door.start_ns, door.start_ns, door, door)
    answer = _status(door)
    yield Message(
        "reply", door.service, "customer", answer, door.end_ns, door.end_ns, door, door, failed=door.error or ""
    )


def _heard(graph: Graph) -> Iterator[Message]:
    """Over a stream or a queue: a pair for each hearer, and one without a hearer where a command was not heard."""
    for span in graph.journey.spans:
        if span.kind != PRODUCER:
            continue
        hearers = [each for each in graph.effects(span) if each.kind == CONSUMER]
        yield from (_delivered(span, each) for each in hearers)
        if not hearers and _is_addressed(span):
            yield Message(
                _kind_of_entry(span), span.service, _addressee(span), label_of(span), span.end_ns, None, span,
                back=_goes_back(span), failed=span.error or "",
            )  # fmt: skip


def _delivered(producer: Span, consumer: Span) -> Message:
    """It lay in the stream from some moment of the sending on: from its end, unless it was heard before that."""
    sent_ns = max(producer.start_ns, min(producer.end_ns, consumer.start_ns))
    kind: Kind = "reply" if consumer.service in CONDUCTORS and event_of(producer) else _kind_of_entry(producer)
    return Message(
        kind, producer.service, consumer.service, label_of(producer), sent_ns, max(sent_ns, consumer.start_ns),
        producer, consumer, back=_goes_back(producer) or _goes_back(consumer), failed=_delivery_failed(consumer),
        attempt=_attempt(consumer), delivery=max(1, consumer.number("harmony.delivery_count")),
    )  # fmt: skip


def _delivery_failed(consumer: Span) -> str:
    return (consumer.error or consumer.outcome) if consumer.outcome in ("failed", "unreachable") else ""


def _kind_of_request(client: Span) -> Kind:
    return "event" if event_of(client) else "request"


def _kind_of_entry(producer: Span) -> Kind:
    if producer.text("messaging.system") == "rq":
        return "job"
    return "event" if event_of(producer) else "command"


def _is_addressed(producer: Span) -> bool:
    """Whether somebody in particular was to hear it; an event is for whoever cares."""
    return _kind_of_entry(producer) != "event"


def _addressee(producer: Span) -> str:
    return "worker" if _kind_of_entry(producer) == "job" else SERVICE_OF.get(producer.operation, "")


def _goes_back(span: Span) -> bool:
    return goes_back(span) or event_of(span) in WAY_BACK


def _attempt(span: Span) -> int:
    again = span.number("http.request.resend_count") + 1 if asked_again(span) else 1
    return max(again, span.number("harmony.attempt"))


def _answer(graph: Graph, server: Span) -> str:
    """What the asker learns: the event by which it was decided, else the bare status."""
    decided = [
        event_of(each) for each in graph.effects(server) if each.operation and each.operation == server.operation
    ]
    return next(filter(None, decided), "") or _status(server)


def _status(server: Span) -> str:
    return server.text("http.response.status_code") or "answer"
