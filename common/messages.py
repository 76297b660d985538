"""The wire form of orders, requests and events: the only JSON of the lab, and the one place that checks what comes in.

Also the two ways in which nobody decided anything: `Unreachable` (wait and ask again) and `Undecided` (an attempt that
failed). A no of the business is neither: it is an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from common.domain.events import EVENTS, Event
from common.domain.model import Order

EVENT_TYPES: Mapping[str, type[Event]] = {event.__name__: event for event in EVENTS}
TRACEPARENT = "traceparent"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # too deep a JSON ends in the last one


class Unreachable(Exception):
    """Whoever should decide could not be asked. Nothing is known; ask again by the same name."""


class Undecided(Exception):
    """Whoever was asked failed to decide. This counts as an attempt; ask again by the same name."""


class Malformed(Exception):
    """Something on the wire is not what it should be. The text says what, and never quotes secrets."""


@dataclass(frozen=True, slots=True)
class Request:
    """An operation asked for an order: why (`reason`, "" on the way forward), and the trace that it belongs to."""

    operation: str
    order: Order
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request. `event` is None when the refusal is announced to nobody (barred, or excluded).

    `first` is False when the same operation had been decided before: then this is the first answer again.
    """

    operation: str
    accepted: bool
    event: Event | None
    first: bool = True


class _RequestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    order: Order
    reason: str = ""


class _AnswerBody(msgspec.Struct, frozen=True, omit_defaults=True):
    accepted: bool
    event: str = ""
    data: msgspec.Raw = msgspec.Raw()
    first: bool = True


_encoder = msgspec.json.Encoder()
_request_decoder = msgspec.json.Decoder(_RequestBody)
_answer_decoder = msgspec.json.Decoder(_AnswerBody)
_order_decoder = msgspec.json.Decoder(Order)
_event_decoders = {name: msgspec.json.Decoder(event) for name, event in EVENT_TYPES.items()}


def encode_event(event: Event) -> bytes:
    """The `data` of an event: its order, reason and what it says besides."""
    return _encoder.encode(event)


def decode_event(kind: str, data: bytes) -> Event:
    """The event of that type. Raises Malformed when the type is unknown or the data is not of its shape."""
    decoder = _event_decoders.get(kind)
    if decoder is None:
        raise Malformed(f"unknown event type {kind[:60]!r}")
    try:
        return decoder.decode(data)
    except UNREADABLE as error:
        raise Malformed(f"{kind}: {error}") from error


def decode_data(data: bytes) -> object:
    """The plain JSON of an event's data, for whoever only shows it."""
    return msgspec.json.decode(data)


def encode_order(order: Order) -> bytes:
    """An order as JSON."""
    return _encoder.encode(order)


def decode_order(data: bytes) -> Order:
    """The order. Raises Malformed when it is none."""
    try:
        return _order_decoder.decode(data)
    except UNREADABLE as error:
        raise Malformed(f"order: {error}") from error


def encode_request(request: Request) -> bytes:
    """The body of a request; its operation and trace travel in the address and the headers."""
    return _encoder.encode(_RequestBody(request.order, request.reason))


def decode_request(operation: str, body: bytes, traceparent: str = "") -> Request:
    """The request. Raises Malformed when the body is not of its shape."""
    try:
        decoded = _request_decoder.decode(body)
    except UNREADABLE as error:
        raise Malformed(f"{operation}: {error}") from error
    return Request(operation, decoded.order, decoded.reason, traceparent)


def encode_answer(answer: Answer) -> bytes:
    """The body of an answer: accepted or not, and the event."""
    if answer.event is None:
        return _encoder.encode(_AnswerBody(answer.accepted, first=answer.first))
    data = msgspec.Raw(encode_event(answer.event))
    return _encoder.encode(_AnswerBody(answer.accepted, type(answer.event).__name__, data, answer.first))


def decode_answer(operation: str, body: bytes) -> Answer:
    """The answer. Raises Malformed when the body is not of its shape."""
    try:
        decoded = _answer_decoder.decode(body)
    except UNREADABLE as error:
        raise Malformed(f"answer to {operation}: {error}") from error
    event = decode_event(decoded.event, bytes(decoded.data)) if decoded.event else None
    return Answer(operation, decoded.accepted, event, decoded.first)
