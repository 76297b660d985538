"""What was seen, as a page for Prometheus, and the little server that serves it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from benchmarks.watcher.looking import Watch
from benchmarks.watcher.metrics import ALWAYS, METRICS, Metric

REQUEST_S_MAX = 5.0


class Page(Collector):
    """Every metric that there is a value of, made when it is asked for."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def collect(self) -> Iterable[Family]:
        """See Collector."""
        families = {metric.name: _family(metric) for metric in METRICS}
        for watched, sample in self._watch.fresh():
            labels = (watched.arm.pattern, watched.arm.transport, *sample.labels)
            families[sample.metric.name].add_metric(labels, sample.value)
        return [family for family in families.values() if family.samples]

    def describe(self) -> Iterable[Family]:
        """Nothing is known before it is seen."""
        return ()


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    return kind(metric.name.removesuffix("_total"), metric.help, labels=(*ALWAYS, *metric.labels))


def serve(watch: Watch, host: str, port: int) -> None:
    """Serve /metrics and /health/ready from a thread of its own. Raises OSError when the port is taken."""
    registry = CollectorRegistry()
    registry.register(Page(watch))

    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_S_MAX

        def do_GET(self) -> None:
            if self.path == "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept") or "")
                self._answer(200, encode(registry), kind)
            elif self.path == "/health/ready":
                self._answer(200 if watch.looked else 503, b"ready" if watch.looked else b"not yet")
            else:
                self._answer(404, b"there are /metrics and /health/ready")

        def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A line every two seconds would tell nobody anything."""

    threading.Thread(target=ThreadingHTTPServer((host, port), Handler).serve_forever, daemon=True).start()
