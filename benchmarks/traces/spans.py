"""A span, and how one is read from a line of OTLP JSON. What is not understood is left out, never guessed.

The format: OpenTelemetry protocol, JSON mapping of ExportTraceServiceRequest; ids in hex, times in ns as strings or
numbers, 64-bit integers likewise, enums as numbers or names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float | bool

INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = "internal", "server", "client", "producer", "consumer"
KINDS = (INTERNAL, INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER)  # by their number; 0 is "not said", which is internal
ERROR = (2, "2", "STATUS_CODE_ERROR")
ORDER = "harmony.order_id"


@dataclass(frozen=True, slots=True)
class Span:
    """One thing that one process did for one order. Times in ns since 1970; `parent_id` is empty for a root.

    `links` are (trace id, span id); `error` is None when all went well, else what is known of it.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    arm: str
    service: str
    process: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    error: str | None = None

    @property
    def order_id(self) -> str:
        """The order it was done for; empty when the span does not say."""
        return self.text(ORDER)

    def text(self, name: str) -> str:
        """An attribute as text, empty when it is not there."""
        return str(self.attributes.get(name, ""))

    def number(self, name: str) -> int:
        """An attribute as a whole number, 0 when it is none."""
        try:
            return int(self.attributes.get(name, 0))
        except ValueError:
            return 0

    @property
    def operation(self) -> str:
        """What was asked for, or done: `charge`; empty when the span is about none."""
        return self.text("harmony.operation")

    @property
    def outcome(self) -> str:
        """What came of it: accepted, rejected, barred, repeated; done, failed, unreachable; dead-letter."""
        return self.text("harmony.outcome")

    @property
    def over_http(self) -> bool:
        """Whether it asks or answers over HTTP."""
        return "http.request.method" in self.attributes


class Unreadable(ValueError):
    """A line that is no OTLP JSON."""


def spans_of(line: bytes) -> Iterator[Span]:
    """The spans of one line. Raises Unreadable when it is no request to export traces."""
    try:
        request = json.loads(line)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(request, dict):
        raise Unreadable("no object")
    for resource_spans in _objects(request.get("resourceSpans")):
        resource = _attributes((resource_spans.get("resource") or {}).get("attributes"))
        for scope_spans in _objects(resource_spans.get("scopeSpans")):
            for row in _objects(scope_spans.get("spans")):
                if (span := _span(row, resource)) is not None:
                    yield span


def _span(row: Mapping[str, Any], resource: Mapping[str, Value]) -> Span | None:
    trace_id, span_id = str(row.get("traceId") or ""), str(row.get("spanId") or "")
    start_ns, end_ns = _whole(row.get("startTimeUnixNano")), _whole(row.get("endTimeUnixNano"))
    if not trace_id or not span_id or start_ns is None:
        return None
    service = str(resource.get("service.name", ""))
    attributes = _attributes(row.get("attributes"))
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=str(row.get("parentSpanId") or "").strip("0") and str(row["parentSpanId"]),
        name=str(row.get("name") or ""),
        kind=_kind(row.get("kind")),
        start_ns=start_ns,
        end_ns=max(start_ns, end_ns or start_ns),
        arm=str(resource.get("service.namespace", "")),
        service=service,
        process=str(resource.get("service.instance.id", service)),
        attributes=attributes,
        links=tuple(_links(row.get("links"))),
        error=_error(row.get("status"), attributes),
    )


def _links(rows: object) -> Iterator[tuple[str, str]]:
    for row in _objects(rows):
        if row.get("traceId") and row.get("spanId"):
            yield str(row["traceId"]), str(row["spanId"])


def _error(status: object, attributes: Mapping[str, Value]) -> str | None:
    if not isinstance(status, dict) or status.get("code") not in ERROR:
        return None
    return str(status.get("message") or attributes.get("error.type") or "failed")


def _kind(given: object) -> str:
    if isinstance(given, str) and not given.isdigit():
        name = given.removeprefix("SPAN_KIND_").lower()
        return name if name in KINDS else INTERNAL
    number = _whole(given) or 0
    return KINDS[number] if 0 <= number < len(KINDS) else INTERNAL


def _attributes(rows: object) -> dict[str, Value]:
    told = ((str(row.get("key") or ""), _value(row.get("value"))) for row in _objects(rows))
    return {key: value for key, value in told if key and value is not None}


def _value(given: object) -> Value | None:
    """Text, numbers and yes or no; lists, maps and bytes are none of ours."""
    if not isinstance(given, dict):
        return None
    if "intValue" in given:
        return _whole(given["intValue"])
    plain = next((given[kind] for kind in ("stringValue", "boolValue", "doubleValue") if kind in given), None)
    return plain if isinstance(plain, (str, bool, int, float)) else None


def _whole(given: object) -> int | None:
    if isinstance(given, bool) or not isinstance(given, (int, str)):
        return None
    try:
        return int(given)
    except ValueError:
        return None


def _objects(given: object) -> Iterator[dict[str, Any]]:
    """The objects of a list; of anything else, none."""
    if isinstance(given, list):
        yield from (each for each in given if isinstance(each, dict))
