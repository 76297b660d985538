"""An order's story as JSON: its spans, who told whom what, and what is to be said of it."""

from __future__ import annotations

from typing import Any

from benchmarks.traces.graph import Graph
from benchmarks.traces.journey import Journey
from benchmarks.traces.message import Message
from benchmarks.traces.messages import messages
from benchmarks.traces.remarks import remarks, remarks_of
from benchmarks.traces.spans import Span
from benchmarks.traces.waiting import blocking_share, unattended_share


def told(journey: Journey) -> dict[str, Any]:
    """Times in ms since the order's first span began; unknown is None."""
    graph = Graph(journey)
    return {
        "order_id": journey.order_id,
        "arm": journey.arm,
        "status": journey.ending,
        "reason": journey.reason or None,
        "closed_ms": None if journey.closed_ns is None else journey.ms(journey.closed_ns),
        "duration_ms": journey.duration_ms,
        "start_ns": journey.start_ns,
        "trace_ids": list(dict.fromkeys(span.trace_id for span in journey.spans)),
        "remarks": remarks(journey.spans),
        "connected": graph.connected,
        "parts": len(graph.parts),
        "unwritten": graph.unwritten,
        "hanging": [span.span_id for span in graph.hanging],
        "blocking_share": blocking_share(journey),
        "unattended_share": unattended_share(journey),
        "spans": [_span(journey, span, depth) for span, depth in graph.walked()],
        "messages": [_message(journey, each) for each in messages(graph)],
    }


def _span(journey: Journey, span: Span, depth: int) -> dict[str, Any]:
    return {
        "name": span.name,
        "kind": span.kind,
        "service": span.service,
        "process": span.process,
        "depth": depth,
        "start_ms": journey.ms(span.start_ns),
        "end_ms": journey.ms(span.end_ns),
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_id or None,
        "error": span.error,
        "remarks": remarks_of(span),
        "attributes": dict(span.attributes),
    }


def _message(journey: Journey, each: Message) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "sender": each.sender,
        "receiver": each.receiver or None,
        "what": each.label,
        "sent_ms": None if each.overheard else journey.ms(each.sent_ns),
        "received_ms": None if each.received_ns is None else journey.ms(each.received_ns),
        "way_back": each.back,
        "failed": each.failed or None,
        "attempt": each.attempt,
        "delivery": each.delivery,
    }
