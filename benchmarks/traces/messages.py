"""Who told whom what, read off pairs of spans: asker and asked over HTTP, sender and hearer over a stream or a queue.

Times are those of the two ends, each by its own process' clock. What was sent and not heard, as far as the spans tell,
has no time of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.traces.graph import Graph
from benchmarks.traces.naming import CONDUCTORS, CUSTOMER, DOOR, SERVICE_OF, event_of, is_job, label_of
from benchmarks.traces.remarks import asked_again, goes_back, set_aside
from benchmarks.traces.spans import CLIENT, CONSUMER, PRODUCER, SERVER, Span

Address = tuple[str, str]
Kind = Literal["request", "command", "event", "job", "reply"]


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


def _asked(graph: Graph) -> Iterator[Message]:
    """Over HTTP: the request, and its answer."""
    lives_at = _addresses(graph)
    for span in graph.journey.spans:
        if span.kind == CLIENT and span.over_http and not set_aside(span):
            served = [each for each in graph.effects(span) if each.kind == SERVER]
            yield from (message for each in served for message in _exchange(graph, span, each))
            if not served:
                yield _unanswered(span, lives_at)
        elif span.kind == SERVER and label_of(span) == "POST /orders" and graph.cause(span) is None:
            yield from _from_outside(span)


def _exchange(graph: Graph, client: Span, server: Span) -> Iterator[Message]:
    sender, receiver, back = client.service, server.service, _leads_back(graph, server)
    what, attempt, kind = label_of(server), _attempt(client), _kind_of_request(client)
    heard_ns = max(server.start_ns, client.start_ns)
    yield Message(kind, sender, receiver, what, client.start_ns, heard_ns, client, server, back, attempt=attempt)
    answered = client.error is None or server.error is not None  # the answer may be one of failure
    arrives_ns = max(client.end_ns, server.end_ns) if answered else None
    failed, answer = client.error or server.error or "", _answer(graph, server)
    yield Message("reply", receiver, sender, answer, server.end_ns, arrives_ns, server, client, back, failed)


def _addresses(graph: Graph) -> dict[Address, str]:
    """Who answered where: so it is known whom an unanswered request was for."""
    pairs = ((graph.cause(span), span) for span in graph.journey.spans if span.kind == SERVER)
    return {_address(asked): served.service for asked, served in pairs if asked is not None and any(_address(asked))}


def _address(client: Span) -> Address:
    return client.text("server.address"), client.text("server.port")


def _unanswered(client: Span, lives_at: Mapping[Address, str]) -> Message:
    """Nobody is known to have been asked: refused, timed out, or what was done there was not written any more."""
    by_operation = "" if event_of(client) else SERVICE_OF.get(client.operation, "")
    failed = client.error or ("" if client.number("http.response.status_code") else "no answer")
    return Message(
        _kind_of_request(client),
        client.service,
        by_operation or lives_at.get(_address(client), ""),
        label_of(client),
        client.start_ns,
        None,
        client,
        back=not event_of(client) and goes_back(client),
        failed=failed,
        attempt=_attempt(client),
    )


def _from_outside(door: Span) -> Iterator[Message]:
    """A customer who writes no spans."""
    yield Message("request", CUSTOMER, door.service, DOOR, door.start_ns, door.start_ns, door, door)
    answer, failed = _status(door), door.error or ""
    yield Message("reply", door.service, CUSTOMER, answer, door.end_ns, door.end_ns, door, door, failed=failed)


def _heard(graph: Graph) -> Iterator[Message]:
    """Over a stream or a queue: one for each hearer, and one without a hearer where a command was not heard."""
    for span in graph.journey.spans:
        if span.kind != PRODUCER:
            continue
        hearers = [each for each in graph.effects(span) if each.kind == CONSUMER]
        yield from (_delivered(graph, span, each) for each in hearers)
        if not hearers and not event_of(span):
            yield _unheard(span)


def _unheard(producer: Span) -> Message:
    """An event is for whoever cares, and goes nowhere when nobody does; a command or a job is still on its way."""
    receiver = "worker" if is_job(producer) else SERVICE_OF.get(producer.operation, "")
    kind, what, failed = _kind_of_entry(producer), label_of(producer), producer.error or ""
    return Message(
        kind, producer.service, receiver, what, producer.end_ns, None, producer, None, goes_back(producer), failed
    )


def _delivered(graph: Graph, producer: Span, consumer: Span) -> Message:
    """It lay in the stream from some moment of the sending on: from its end, unless it was heard before that."""
    sent_ns = max(producer.start_ns, min(producer.end_ns, consumer.start_ns))
    answers = consumer.service in CONDUCTORS and bool(event_of(producer))
    return Message(
        kind="reply" if answers else _kind_of_entry(producer),
        sender=producer.service,
        receiver=consumer.service,
        label=label_of(producer),
        sent_ns=sent_ns,
        received_ns=max(sent_ns, consumer.start_ns),
        sent_by=producer,
        received_by=consumer,
        back=goes_back(producer) if answers else _leads_back(graph, consumer),
        failed=_delivery_failed(consumer),
        attempt=_attempt(consumer),
        delivery=max(1, consumer.number("harmony.delivery_count")),
    )


def _delivery_failed(consumer: Span) -> str:
    return (consumer.error or consumer.outcome) if consumer.outcome in ("failed", "unreachable") else ""


def _kind_of_request(client: Span) -> Kind:
    return "event" if event_of(client) else "request"


def _kind_of_entry(producer: Span) -> Kind:
    if is_job(producer):
        return "job"
    return "event" if event_of(producer) else "command"


def _leads_back(graph: Graph, hearer: Span) -> bool:
    """Whether what was done on hearing it belongs to the way back."""
    done = [each for each in graph.effects(hearer) if each.operation and each.service == hearer.service]
    return any(goes_back(each) for each in done or [hearer])


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
