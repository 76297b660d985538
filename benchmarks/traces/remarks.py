"""What was out of the ordinary for an order, in a few words: asked again, handed out again, undone, set aside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from benchmarks.traces.journey import committed
from benchmarks.traces.spans import CLIENT, CONSUMER, SERVER, Span

Remark = Literal["retried", "redelivered", "dead-lettered", "expired", "undone", "repeated", "barred", "asked to wait"]

UNDOING = {"expire": "order", "recall": "shipping", "refund": "payment", "release": "inventory"}
"""Operation -> its service: the way back. What is then said to the customer, and the closing, belong to it too."""

CLOSED_CODE = 200  # of the door: closed already; 202 is accepted
AFTERWARDS = ("apologise", "cancel")  # said and done when all is undone, and also where nothing had to be


def asked_again(span: Span) -> bool:
    """Whether the span is a further attempt at what was tried before."""
    resent = span.kind == CLIENT and span.number("http.request.resend_count") > 0
    return resent or span.number("harmony.attempt") > 1


def handed_out_again(span: Span) -> bool:
    """Whether an entry was handed out before: to an earlier life of its process, or to a peer it was claimed from."""
    return span.kind == CONSUMER and span.number("harmony.delivery_count") > 1


def set_aside(span: Span) -> bool:
    """Whether something failed for the last time."""
    return span.outcome == "dead-letter" or span.text("messaging.operation.type") == "settle"


def unreached(span: Span) -> bool:
    """Whether it asked and had no answer, or one of failure."""
    return span.kind == CLIENT and span.error is not None and not set_aside(span)


def goes_back(span: Span) -> bool:
    """Whether it belongs to the way back."""
    return span.operation in UNDOING or span.operation in AFTERWARDS


def waited_for(span: Span) -> bool:
    """Whether the customer had asked to wait for the ending (Prefer: wait), and was told it by the door."""
    at_the_door = span.kind == SERVER and span.text("http.route") == "/orders"
    return at_the_door and span.number("http.response.status_code") == CLOSED_CODE


def remarks_of(span: Span) -> list[Remark]:
    """What this one span alone tells."""
    told: list[tuple[Remark, bool]] = [
        ("retried", asked_again(span) or unreached(span)),
        ("redelivered", handed_out_again(span)),
        ("dead-lettered", set_aside(span)),
        ("expired", committed(span, "expire")),
        ("undone", span.operation in UNDOING and span.operation != "expire" and committed(span)),
        ("repeated", span.outcome == "repeated"),
        ("barred", span.outcome == "barred"),
        ("asked to wait", waited_for(span)),
    ]
    return [remark for remark, holds in told if holds]


def remarks(spans: Iterable[Span]) -> list[Remark]:
    """Each once, in the order of its first span."""
    return list(dict.fromkeys(remark for span in spans for remark in remarks_of(span)))
