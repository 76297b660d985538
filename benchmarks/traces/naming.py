"""What spans are about, in the lab's words: which operation, which event, whose."""

from __future__ import annotations

from benchmarks.traces.spans import Span
from common.domain import inventory, notification, order, payment, shipping
from common.domain.effect import name_of, service_of

SERVICE_OF = {
    name_of(operation): service_of(operation)
    for room in (order, inventory, payment, shipping, notification)
    for operation in room.OPERATIONS
}
CUSTOMER = "customer"
CONDUCTORS = ("orchestrator", "worker")  # what reaches them of a service is an answer
DOOR = "POST /orders"


def event_of(span: Span) -> str:
    """The event that a span is about: `OrderPayed`; empty when it is about none."""
    destination = span.text("messaging.destination.name")
    in_name = destination.rpartition(":")[2] if ":events:" in destination else ""
    return span.text("harmony.event") or in_name


def label_of(span: Span) -> str:
    """What is carried: an operation's name, an event's, the order where it comes in, or a job."""
    if span.text("http.route") == "/orders" or span.name == DOOR:
        return DOOR
    if is_job(span):
        return "job"
    return event_of(span) or span.operation or span.text("messaging.destination.name") or span.name


def is_job(span: Span) -> bool:
    """Whether it is about a job in a queue, whatever library keeps it; what lies in a stream is none."""
    return span.text("messaging.system") not in ("", "redis")


def brief(error: str) -> str:
    """An error's kind and its sentence, as far as they fit on a picture."""
    kind, _, why = error.partition(": ")
    return kind if why.startswith("Cannot connect") or not why else why.partition(" (")[0][:60]
