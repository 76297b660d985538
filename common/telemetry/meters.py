"""What a process counts about itself, under the same names and buckets in every arm.

Counted per batch where it can be, children cached. A duration of a traced order carries its trace as an exemplar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common.telemetry import context

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 30)
BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)
ALWAYS = ("pattern", "transport", "service")
EDGE = ("kind", "source", "target")
OUTCOMES = ("operation", "outcome")
FAILURES = ("operation", "kind")
COMES_OF_IT = ("accepted", "rejected", "barred", "repeated")
DECIDED_NOTHING = ("undecided", "unreachable")
LOST = ("queue", "file", "endpoint", "closed")
CLOCKS = {
    "accepted": "From when the door has read an order to when it has taken it in; a repeat counts again",
    "decided": "From receipt to the commit that settled stock and money; paid and undone later, an order is in both",
    "closed": "From receipt to the commit that completed or cancelled the order",
}

Active = Callable[[], Iterable[tuple[str, str]]]
"""The faults that are on: what, and in which operation."""


class Meters:
    """The meters of one process; `pattern`, `transport` and `service` are the same on all of them."""

    def __init__(self, pattern: str, transport: str, service: str) -> None:
        disable_created_metrics()  # when each counter began: as many series again, and nobody asks
        self.registry = CollectorRegistry()
        self.service = service
        self._always = dict(zip(ALWAYS, (pattern, transport, service), strict=True))
        self._families: dict[str, Counter] = {}
        self._children: dict[tuple[object, ...], Counter] = {}
        self._timers: dict[tuple[str, ...], Histogram] = {}
        self._operations = self._counters(
            "operations_total", "Operations by what came of them: accepted, rejected, barred, repeated", OUTCOMES
        )
        self._failures = self._counters("operation_failures_total", "Attempts that decided nothing", FAILURES)
        self._messages = self._counters("messages_total", "Messages between services, by edge", EDGE)
        self._message_bytes = self._counters("message_bytes_total", "Their bodies, in bytes", EDGE)
        self._door = self._counters(
            "door_requests_total", "Orders posted to the door, by the answer's status", ("code",)
        )
        self._spans_dropped = self._counters("spans_dropped_total", "Spans that were lost, by why", ("reason",))
        self._durations = self._histograms(
            "operation_duration_seconds", "From when an operation was asked for to its commit", ("operation",)
        )
        self._clocks = {
            name: self._histograms(f"order_{name}_seconds", text, ("outcome",) if name != "accepted" else ())
            for name, text in CLOCKS.items()
        }
        self.commit_seconds = self._histograms("commit_seconds", "One round trip of commits").labels(**self._always)
        self.batch_size = self._histograms("commit_batch_size", "Commits in one round trip", (), BATCH).labels(
            **self._always
        )
        self.unreachable = self._counter("unreachable_total", "Times that somebody could not be asked")
        self.undecided = self._counter("undecided_total", "Attempts that failed to decide")
        self.retries = self._counter("retries_total", "Requests, entries and jobs that were tried again")
        self.redeliveries = self._counter("redeliveries_total", "Entries that had been handed out before")
        self.dead_letters = self._counter("dead_letters_total", "Messages set aside for a human")
        self.journal_writes = self._counter("journal_writes_total", "Answers written down to be able to resume")
        self.spans = self._counter("spans_total", "Spans handed to the export")
        for why in LOST:
            self._child(self._spans_dropped, reason=why)
        self.in_flight = self._gauge("orders_in_flight", "Orders that this process has in hand")
        self.open = self._gauge(
            "orders_open",
            "Orders taken in and not closed, at the last look of a door; its bound adds what it took in since",
        )

    def expects(self, operations: Iterable[str], stops: Iterable[tuple[str, str]]) -> None:
        """What will be counted of these operations, and of the clocks that stop here, begins at 0: of a counter that is
        born with its first count, Prometheus never sees it rise."""
        for operation in operations:
            self._timer(self._durations, operation=operation)
            for outcome in COMES_OF_IT:
                self._child(self._operations, operation=operation, outcome=outcome)
            for kind in DECIDED_NOTHING:
                self._child(self._failures, operation=operation, kind=kind)
        for clock, outcome in stops:
            self._timer(self._clocks[clock], clock=clock, outcome=outcome)

    def has_door(self, statuses: Iterable[int], open_count: Callable[[], float]) -> None:
        """This process answers orders with these; and how many it knows to be open."""
        for status in statuses:
            self._child(self._door, code=str(status))
        self._timer(self._clocks["accepted"], clock="accepted")
        self.open.set_function(open_count)

    def operation(self, operation: str, outcome: str, amount: int = 1) -> None:
        """Count an operation's outcome."""
        self._child(self._operations, operation=operation, outcome=outcome).inc(amount)

    def failed(self, operation: str, kind: str, amount: int = 1) -> None:
        """Count attempts at an operation that decided nothing. `kind`: undecided or unreachable."""
        self._child(self._failures, operation=operation, kind=kind).inc(amount)

    def took(self, operation: str, seconds: float, traceparent: str = "") -> None:
        """How long an operation took."""
        _observe(self._timer(self._durations, operation=operation), seconds, traceparent)

    def clock(self, name: str, seconds: float, traceparent: str = "", **outcome: str) -> None:
        """One of an order's three clocks. `outcome`: completed or cancelled, of decided and closed."""
        _observe(self._timer(self._clocks[name], clock=name, **outcome), seconds, traceparent)

    def message(self, kind: str, source: str, target: str, size: int, amount: int = 1) -> None:
        """Count messages of an edge, and the bytes of their bodies. `kind`: command, reply, event or job."""
        self._child(self._messages, kind=kind, source=source, target=target).inc(amount)
        self._child(self._message_bytes, kind=kind, source=source, target=target).inc(size)

    def answered(self, status: int) -> None:
        """Count an answer of the door to an order."""
        self._child(self._door, code=str(status)).inc()

    def span_lost(self, why: str, amount: int) -> None:
        """Count spans that were lost."""
        self._child(self._spans_dropped, reason=why).inc(amount)

    def holds(self, held: Callable[[], int]) -> None:
        """Have it looked at, whenever somebody looks at this page, how many orders this process has in hand."""
        self.in_flight.set_function(held)

    def show_faults(self, active: Active) -> None:
        """Have the faults that are on looked at whenever somebody looks at this page."""
        self.registry.register(_Faults(self._always, active))

    def counted(self) -> list[tuple[str, dict[str, str], float]]:
        """All that was counted: the counter's name, what it is labelled with besides, and how much. For `add`."""
        samples = (sample for family in self.registry.collect() for sample in family.samples)
        return [
            (sample.name, {name: value for name, value in sample.labels.items() if name not in ALWAYS}, sample.value)
            for sample in samples
            if sample.name in self._families and sample.value
        ]

    def add(self, name: str, labels: dict[str, str], amount: float) -> None:
        """Count what another process has counted for this one."""
        self._child(self._families[name], **labels).inc(amount)

    def page(self, accept: str = "") -> tuple[bytes, str]:
        """The metrics, and their media type: OpenMetrics, with exemplars, for whoever accepts it."""
        encode, media_type = choose_encoder(accept)
        return encode(self.registry), media_type

    def _child(self, parent: Counter, **labels: str) -> Counter:
        key = (id(parent), *labels.values())
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = parent.labels(**self._always, **labels)
        return child

    def _timer(self, parent: Histogram, clock: str = "", **labels: str) -> Histogram:
        key = (clock, *labels.values())
        child = self._timers.get(key)
        if child is None:
            child = self._timers[key] = parent.labels(**self._always, **labels)
        return child

    def _counter(self, name: str, text: str) -> Counter:
        return self._counters(name, text).labels(**self._always)

    def _counters(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        made = Counter(f"harmony_{name}", text, (*ALWAYS, *labels), registry=self.registry)
        self._families[f"harmony_{name}"] = made
        return made

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"harmony_{name}", text, ALWAYS, registry=self.registry).labels(**self._always)

    def _histograms(
        self, name: str, text: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = SECONDS
    ) -> Histogram:
        return Histogram(f"harmony_{name}", text, (*ALWAYS, *labels), registry=self.registry, buckets=buckets)


class _Faults(Collector):
    """1 for each fault that is on, 0 for those that were."""

    def __init__(self, always: dict[str, str], active: Active) -> None:
        self._always = always
        self._active = active
        self._seen: dict[tuple[str, str], None] = {}

    def collect(self) -> Iterator[Metric]:
        on = set(self._active())
        self._seen |= dict.fromkeys(sorted(on))
        found = GaugeMetricFamily(
            "harmony_fault_active", "Faults put on this process", labels=(*ALWAYS, "fault", "operation")
        )
        for fault, operation in self._seen:
            found.add_metric((*self._always.values(), fault, operation), float((fault, operation) in on))
        yield found


def _observe(timer: Histogram, seconds: float, traceparent: str) -> None:
    if context.is_sampled(traceparent):
        timer.observe(seconds, {"trace_id": context.trace_id_of(traceparent)})
    else:
        timer.observe(seconds)
