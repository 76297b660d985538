"""What a process counts about itself, under the same names and buckets in every arm.

Counted per batch, children cached.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 30)
BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Meters:
    """The meters of one process; `pattern`, `transport` and `service` are the same on all of them."""

    def __init__(self, pattern: str, transport: str, service: str) -> None:
        self.registry = CollectorRegistry()
        always = {"pattern": pattern, "transport": transport, "service": service}
        self.service = service
        self._names, self._always = tuple(always), always
        self._operations = Counter(
            "harmony_operations_total",
            "Operations by what came of them: accepted, rejected, barred, repeated",
            (*always, "operation", "outcome"),
            registry=self.registry,
        )
        self._outcomes: dict[tuple[str, str], Counter] = {}
        self.commit_seconds = self._histogram("commit_seconds", "One round trip of commits", SECONDS)
        self.batch_size = self._histogram("commit_batch_size", "Commits in one round trip", BATCH)
        self.unreachable = self._counter("unreachable_total", "Times that somebody could not be asked")
        self.undecided = self._counter("undecided_total", "Attempts that failed to decide")
        self.dead_letters = self._counter("dead_letters_total", "Messages set aside for a human")
        edge = (*always, "kind", "source", "target")
        self._messages = Counter(
            "harmony_messages_total", "Messages between services, by edge", edge, registry=self.registry
        )
        self._message_bytes = Counter(
            "harmony_message_bytes_total", "Their bodies, in bytes", edge, registry=self.registry
        )
        self._edges: dict[tuple[str, str, str], tuple[Counter, Counter]] = {}
        self.journal_writes = self._counter("journal_writes_total", "Answers written down to be able to resume")
        self.in_flight = Gauge(
            "harmony_orders_in_flight", "Orders that this process has in hand", self._names, registry=self.registry
        ).labels(**always)

    def operation(self, operation: str, outcome: str, amount: int = 1) -> None:
        """Count an operation's outcome."""
        child = self._outcomes.get((operation, outcome))
        if child is None:
            child = self._operations.labels(**self._always, operation=operation, outcome=outcome)
            self._outcomes[operation, outcome] = child
        child.inc(amount)

    def message(self, kind: str, source: str, target: str, size: int, amount: int = 1) -> None:
        """Count messages of an edge, and the bytes of their bodies. `kind`: command, reply, event or job."""
        edge = self._edges.get((kind, source, target))
        if edge is None:
            names = {**self._always, "kind": kind, "source": source, "target": target}
            edge = self._messages.labels(**names), self._message_bytes.labels(**names)
            self._edges[kind, source, target] = edge
        edge[0].inc(amount)
        edge[1].inc(size)

    def page(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, help_text: str) -> Counter:
        return Counter(f"harmony_{name}", help_text, self._names, registry=self.registry).labels(**self._always)

    def _histogram(self, name: str, help_text: str, buckets: tuple[float, ...]) -> Histogram:
        histogram = Histogram(f"harmony_{name}", help_text, self._names, registry=self.registry, buckets=buckets)
        return histogram.labels(**self._always)
