"""The queue and the thread before an exporter: the library's own, with a count of what finds no room."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from common.telemetry.tracing import Dropped

QUEUE_MAX = 8_192  # spans that wait to be written: some 600 traced orders; what is over it is dropped and counted
BATCH_MAX = 512  # spans in one line or request
DELAY_MS = 250  # until a span is written: so much is lost with a killed process


class Sink(BatchSpanProcessor):
    """Where one exporter's spans wait."""

    def __init__(self, exporter: SpanExporter, dropped: Dropped) -> None:
        self._counted = _Counted(exporter)
        super().__init__(self._counted, QUEUE_MAX + BATCH_MAX, DELAY_MS, BATCH_MAX)
        self._taken = 0
        self._dropped = dropped

    def on_end(self, span: ReadableSpan) -> None:
        """Queue it, if there is room."""
        if self._taken - self._counted.left >= QUEUE_MAX:
            self._dropped("queue", 1)
            return
        self._taken += 1
        super().on_end(span)


class _Counted(SpanExporter):
    """Counts what has left the queue."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self.left = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            return self._inner.export(spans)
        finally:
            self.left += len(spans)

    def shutdown(self) -> None:
        self._inner.shutdown()
