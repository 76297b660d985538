"""Where spans go: a file of OTLP JSON lines for each process, and an endpoint for OTLP over HTTP when one is set.

Neither may slow or break an order: both work in a thread of their own behind a bounded queue, say once what troubles
them, and count what they lose. The form is OTLP's JSON mapping of an ExportTraceServiceRequest (OTLP 1.x, "JSON
Protobuf Encoding"), made by hand: the library's encoder takes twice the processor time, and this is most of a span's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

from common.telemetry.tracing import Dropped

FILE_BYTES_MAX = 32 * 2**20  # of a process, all its lives together: then a new file is begun, and but one is kept
ENDPOINT_S_MAX = 1.0  # for one batch: a process must be able to stop within two seconds
KINDS = {
    SpanKind.INTERNAL: 1,
    SpanKind.SERVER: 2,
    SpanKind.CLIENT: 3,
    SpanKind.PRODUCER: 4,
    SpanKind.CONSUMER: 5,
}

WHY_FILE, WHY_ENDPOINT = "file", "endpoint"


class FileExporter(SpanExporter):
    """Appends a line for each batch."""

    def __init__(self, path: Path, lost: Dropped, bytes_max: int = FILE_BYTES_MAX) -> None:
        self._path = path
        self._lost = lost
        self._bytes_max = bytes_max
        self._written: int | None = None
        self._spans = self._spans_before = 0
        self._warned = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write them, or lose them."""
        line = encoded(spans) + b"\n"
        try:
            written = self._begin() if self._written is None else self._written
            if written + len(line) > self._bytes_max:
                written = self._begin_anew()
            with self._path.open("ab") as file:
                file.write(line)
        except OSError as error:
            self._warn(error)
            self._lost(WHY_FILE, len(spans))
            return SpanExportResult.FAILURE
        self._written = written + len(line)
        self._spans += len(spans)
        return SpanExportResult.SUCCESS

    def _begin(self) -> int:
        """Go on where the process' life before this one was cut short, perhaps within a line. How long the file is."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            if size := file.seek(0, os.SEEK_END):
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            return file.seek(0, os.SEEK_END)

    def _begin_anew(self) -> int:
        self._lost(WHY_FILE, self._spans_before)
        self._path.replace(self._path.with_name(f"{self._path.stem}-before{self._path.suffix}"))
        self._spans_before, self._spans = self._spans, 0
        return 0

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            logging.warning("traces cannot be written and are lost, which harms no order: %s", error)
        self._warned = True

    def shutdown(self) -> None:
        """Every line is on its way already."""


class EndpointExporter(SpanExporter):
    """Sends to whoever collects traces, by the library's own exporter, made when first needed."""

    def __init__(self, endpoint: str, lost: Dropped) -> None:
        self._endpoint = endpoint
        self._lost = lost
        self._inner: SpanExporter | None = None
        self._warned = self._stopping = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them, or lose them. After one failure nothing is waited for when the process ends."""
        if self._stopping and self._warned:
            self._lost(WHY_ENDPOINT, len(spans))
            return SpanExportResult.FAILURE
        result = self._made().export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._lost(WHY_ENDPOINT, len(spans))
            if not self._warned:
                logging.warning("no traces reach %s; they are lost there, which harms no order", self._endpoint)
            self._warned = True
        return result

    def _made(self) -> SpanExporter:
        if self._inner is None:
            from opentelemetry.exporter.otlp.proto.http import trace_exporter  # dear, and rarely wanted

            for name in ("opentelemetry.exporter", "urllib3"):
                logging.getLogger(name).setLevel(logging.CRITICAL)  # one warning is ours, and enough
            url = f"{self._endpoint.rstrip('/')}/v1/traces"
            self._inner = trace_exporter.OTLPSpanExporter(endpoint=url, timeout=ENDPOINT_S_MAX)
        return self._inner

    def stop(self) -> None:
        """The process is about to end."""
        self._stopping = True

    def shutdown(self) -> None:
        """No more."""
        if self._inner is not None:
            self._inner.shutdown()


def encoded(spans: Sequence[ReadableSpan]) -> bytes:
    """One ExportTraceServiceRequest. All spans of a process have the same resource."""
    scope = {"scope": {"name": "harmony"}, "spans": [_span(span) for span in spans]}
    resource = {"attributes": _attributes(spans[0].resource.attributes if spans else {})}
    return msgspec.json.encode({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]})


def _span(span: ReadableSpan) -> dict[str, Any]:
    context, parent = span.get_span_context(), span.parent
    written: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}" if context else "",
        "spanId": f"{context.span_id:016x}" if context else "",
        "name": span.name,
        "kind": KINDS[span.kind],
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes or {}),
    }
    if parent is not None:
        written["parentSpanId"] = f"{parent.span_id:016x}"
    if span.links:
        written["links"] = [
            {"traceId": f"{link.context.trace_id:032x}", "spanId": f"{link.context.span_id:016x}"}
            for link in span.links
        ]
    if span.status.status_code is StatusCode.ERROR:
        written["status"] = {"code": 2, "message": span.status.description or ""}
    return written


def _attributes(attributes: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
