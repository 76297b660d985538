"""Messages over a stream or a queue: commands, events, jobs, and the events that a conductor hears as answers."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.traces.graph import Graph
from benchmarks.traces.message import Kind, Message, attempt_of, leads_back
from benchmarks.traces.naming import CONDUCTORS, SERVICE_OF, event_of, is_job, label_of
from benchmarks.traces.remarks import goes_back
from benchmarks.traces.spans import CONSUMER, PRODUCER, Span


def heard(graph: Graph) -> Iterator[Message]:
    """Over a stream or a queue: one for each hearer, and one without a hearer where a command was not heard."""
    for span in graph.journey.spans:
        if span.kind != PRODUCER:
            continue
        hearers = [each for each in graph.effects(span) if each.kind == CONSUMER]
        yield from (_delivered(graph, span, each) for each in hearers)
        if not hearers and not event_of(span):
            yield _unheard(span)


def overheard(graph: Graph) -> Iterator[Message]:
    """What was heard though its sending was lost with a process: whose stream it lay in says who had sent it."""
    for span in graph.hanging:
        stream = span.text("messaging.destination.name")
        if span.kind != CONSUMER or not stream.startswith("{"):
            continue
        sender = stream[1:].partition("}")[0] if event_of(span) else CONDUCTORS[0]
        answers = span.service in CONDUCTORS and bool(event_of(span))
        yield Message(
            kind="reply" if answers else _kind_of_entry(span),
            sender=sender,
            receiver=span.service,
            label=label_of(span),
            sent_ns=span.start_ns,
            received_ns=span.start_ns,
            sent_by=span,
            received_by=span,
            back=leads_back(graph, span),
            failed=_delivery_failed(span),
            attempt=attempt_of(span),
            delivery=max(1, span.number("harmony.delivery_count")),
            overheard=True,
        )


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
        back=goes_back(producer) if answers else leads_back(graph, consumer),
        failed=_delivery_failed(consumer),
        attempt=attempt_of(consumer),
        delivery=max(1, consumer.number("harmony.delivery_count")),
    )


def _delivery_failed(consumer: Span) -> str:
    return (consumer.error or consumer.outcome) if consumer.outcome in ("failed", "unreachable") else ""


def _kind_of_entry(producer: Span) -> Kind:
    if is_job(producer):
        return "job"
    return "event" if event_of(producer) else "command"
