"""Spans as OpenTelemetry's library has them: its provider and batches, before our file and an endpoint."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation import set_span_in_context

from common.telemetry import context
from common.telemetry.conventions import Telling
from common.telemetry.otlp import EndpointExporter, FileExporter
from common.telemetry.sink import Sink
from common.telemetry.tracing import Begun, Dropped, Origin, Policy

DISABLED = "OTEL_SDK_DISABLED"  # what is traced is decided at the door, and by nobody's environment
MOST = 64  # attributes, links; ours have a fifth of that
LIMITS = SpanLimits(
    max_attributes=MOST,
    max_events=MOST,
    max_links=MOST,
    max_span_attributes=MOST,
    max_event_attributes=MOST,
    max_link_attributes=MOST,
    max_attribute_length=1_000,
    max_span_attribute_length=1_000,
)
CLOSE_S_MAX = 1.0  # for what waits when the process ends, so that it ends within two seconds


class Provider:
    """One process' spans on their way out."""

    def __init__(self, origin: Origin, policy: Policy, dropped: Dropped) -> None:
        self._ids = _Ids()
        os.environ.pop(DISABLED, None)
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=_resource(origin),
            id_generator=self._ids,
            span_limits=LIMITS,
            shutdown_on_exit=False,
        )
        self._endpoint = EndpointExporter(policy.endpoint, dropped) if policy.endpoint else None
        if policy.folder:
            path = Path(policy.folder) / f"{origin.name}.jsonl"
            self._provider.add_span_processor(Sink(FileExporter(path, dropped), dropped))
        if self._endpoint:
            self._provider.add_span_processor(Sink(self._endpoint, dropped))
        self._tracer = self._provider.get_tracer("harmony")

    def write(self, begun: Begun, telling: Telling, ended_ns: int) -> None:
        """Queue a span that is over."""
        self._ids.take(begun.traceparent)
        around = Context()
        if begun.parent:
            around = set_span_in_context(NonRecordingSpan(_span_context(begun.parent)), around)
        links = [Link(_span_context(begun.link))] if begun.link else None
        kind = SpanKind[telling.kind.upper()]
        span = self._tracer.start_span(telling.name, around, kind, telling.attributes, links, begun.started_ns)
        if telling.error:
            span.set_status(Status(StatusCode.ERROR, telling.error))
        span.end(ended_ns)

    def close(self) -> None:
        """Write what waits, if that does not take too long."""
        if self._endpoint:
            self._endpoint.stop()
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_S_MAX)


class _Ids(IdGenerator):
    """Gives the library the ids that have travelled on already."""

    def __init__(self) -> None:
        self._trace_id = self._span_id = 1

    def take(self, traceparent: str) -> None:
        """The next span has these."""
        self._trace_id = int(context.trace_id_of(traceparent), 16)
        self._span_id = int(context.span_id_of(traceparent), 16)

    def generate_trace_id(self) -> int:
        """Of a span without a parent."""
        return self._trace_id

    def generate_span_id(self) -> int:
        """Of any span."""
        return self._span_id


def _resource(origin: Origin) -> Resource:
    """Named by OpenTelemetry's conventions for resources."""
    ours = {"harmony.pattern": origin.pattern, "harmony.transport": origin.transport}
    named = {"service.namespace": origin.arm, "service.name": origin.service, "service.instance.id": origin.name}
    return Resource({**named, **ours})


def _span_context(traceparent: str) -> SpanContext:
    trace_id, span_id = int(context.trace_id_of(traceparent), 16), int(context.span_id_of(traceparent), 16)
    return SpanContext(trace_id, span_id, True, TraceFlags(1))
