"""Where spans go may be full, away or silent: no order is slowed or broken by it, one warning is said, and what is lost
is counted."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from common.telemetry.otlp import FileExporter
from common.telemetry.sink import BATCH_MAX, QUEUE_MAX
from common.telemetry.tracing import Policy, Tracing
from tests.telemetry.test_tracing import GIVEN, ORIGIN, SOMETHING, written

MANY = 2_000
STOPS_S_MAX = 2.5  # what a process promises, and a little for a busy machine


class Lost(Counter[str]):
    def count(self, why: str, amount: int) -> None:
        self[why] += amount


def told(tracing: Tracing, spans: int) -> None:
    for _ in range(spans):
        tracing.begin(GIVEN).end(SOMETHING)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """An endpoint where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


class Collector(BaseHTTPRequestHandler):
    """Takes traces as a collector of OpenTelemetry does: OTLP over HTTP, in protobuf."""

    heard: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.heard.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Not on the screen."""


@pytest.fixture
def collecting() -> Iterator[str]:
    Collector.heard.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_collector_gets_by_otlp_over_http_what_the_file_gets(collecting: str, tmp_path: Path) -> None:
    lost = Lost()
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path), endpoint=collecting), dropped=lost.count)
    told(tracing, 3 * BATCH_MAX)
    tracing.close()
    resources = [each for request in Collector.heard for each in request.resource_spans]
    spans = [span for each in resources for span in each.scope_spans[0].spans]
    assert {span.span_id.hex() for span in spans} == {span["spanId"] for span in written(tmp_path)}
    assert len(spans) == 3 * BATCH_MAX
    named = {each.key: each.value.string_value for each in resources[0].resource.attributes}
    assert named["service.instance.id"] == "payment-1"
    assert not lost


def test_an_endpoint_that_is_away_costs_one_warning_and_its_spans_and_the_file_has_them_all(
    closed: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = Lost()
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path), endpoint=closed), dropped=lost.count)
    told(tracing, MANY)
    began = time.monotonic()
    tracing.close()
    assert time.monotonic() - began < STOPS_S_MAX
    assert len(written(tmp_path)) == MANY
    assert lost["endpoint"] > 0
    assert lost["queue"] == lost["file"] == 0
    assert len([each for each in warnings(caplog) if closed in each]) == 1, warnings(caplog)


def test_an_endpoint_that_says_nothing_holds_up_nobody(silent: str, tmp_path: Path) -> None:
    lost = Lost()
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path), endpoint=silent), dropped=lost.count)
    tracing.begin(GIVEN).end(SOMETHING)  # the library is loaded, and its threads are there
    began = time.monotonic()
    told(tracing, 200)
    assert time.monotonic() - began < 0.5, "telling waits for the endpoint"
    began = time.monotonic()
    tracing.close()
    assert time.monotonic() - began < STOPS_S_MAX


def test_what_finds_no_room_in_the_queue_is_dropped_and_counted(silent: str) -> None:
    lost, handed = Lost(), Counter[str]()
    tracing = Tracing(
        ORIGIN, Policy(endpoint=silent), count=lambda amount: handed.update(spans=amount), dropped=lost.count
    )
    told(tracing, QUEUE_MAX + 3 * BATCH_MAX)
    assert handed["spans"] == QUEUE_MAX + 3 * BATCH_MAX
    assert 0 < lost["queue"] <= 3 * BATCH_MAX
    tracing.close()


def test_a_folder_that_cannot_be_written_costs_one_warning_and_its_spans(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = Lost()
    (tmp_path / "file").write_text("in the way")
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path / "file")), dropped=lost.count)
    told(tracing, 3 * BATCH_MAX)
    tracing.close()
    assert lost["file"] == 3 * BATCH_MAX
    assert len(warnings(caplog)) == 1
    assert "harms no order" in warnings(caplog)[0]


def test_a_process_that_was_killed_within_a_line_goes_on_with_the_next(tmp_path: Path) -> None:
    (tmp_path / "payment-1.jsonl").write_bytes(b'{"resourceSpans":[{"resou')
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)))
    told(tracing, 1)
    tracing.close()
    cut, whole = (tmp_path / "payment-1.jsonl").read_bytes().splitlines()
    assert cut == b'{"resourceSpans":[{"resou'
    assert json.loads(whole)["resourceSpans"]


def test_a_file_that_grows_too_large_gives_way_to_a_second_one_and_what_is_lost_is_counted(tmp_path: Path) -> None:
    lost = Lost()
    exporter = FileExporter(tmp_path / "payment-1.jsonl", lost.count, bytes_max=1_000)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for _ in range(6):
        provider.get_tracer("test").start_span("a span").end()
    kept = len(written(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["payment-1-before.jsonl", "payment-1.jsonl"]
    assert all(file.stat().st_size <= 1_000 for file in tmp_path.iterdir())
    assert kept + lost["file"] == 6
    assert lost["file"] > 0
