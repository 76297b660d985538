"""What the watcher tells, as a table: names, kinds, labels. Every one also has `pattern` and `transport`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ALWAYS = ("pattern", "transport")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric; its labels are those beside ALWAYS."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, with the values of the metric's labels in their order."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


def _gauge(name: str, text: str, *labels: str) -> Metric:
    return Metric(f"harmony_{name}", "gauge", text, labels)


def _counter(name: str, text: str, *labels: str) -> Metric:
    return Metric(f"harmony_{name}_total", "counter", text, labels)


OLDEST_AGE = _gauge(
    "oldest_unprocessed_age_seconds",
    "Age of the oldest entry that this service has not acked, handed out or not; 0 when there is none",
    "service",
    "stream",
)
PENDING = _gauge("stream_pending", "Entries handed out to this service and not acked", "service", "stream")
ENTRIES = _gauge("stream_entries", "Entries in the stream", "stream")
DEAD_LETTERS = _gauge("dead_letters", "Messages set aside that are there now", "service")

JOURNAL_OPEN = _gauge("journal_open", "Orders open in the journal")
JOURNAL_AGE = _gauge("journal_oldest_age_seconds", "Age of the oldest order open in the journal; 0 when none is")
JOURNAL_PARKED = _gauge("journal_parked", "Orders whose undoing was set aside: they wait for a human")

RQ_JOBS = _gauge("rq_jobs", "Jobs by state: queued, started, failed", "state")
RQ_AGE = _gauge("rq_oldest_age_seconds", "How long the next job has waited in the queue; 0 when it is empty")

VIOLATIONS = _gauge("invariant_violations", "Orders that break the invariant, found at the last audit", "invariant")
LOOKED_AT = _gauge("audit_looked_at", "What the last audit looked at: 0 is no pass", "invariant")
AUDITED_AT = _gauge("audit_timestamp_seconds", "When the last audit looked (Unix time)")

UP = _gauge("process_up", "1 while the process is ready, else 0", "process", "service", "state")
FAULT = _gauge(
    "process_fault_active",
    "1 while the process is held down or paused on request, shown for 3 s at least: kill, pause, stop",
    "fault",
    "process",
    "service",
)
STARTS = _counter("process_starts", "Times that the process was started", "process", "service")
CPU = _counter("process_cpu_seconds", "Processor time of the process and what it has started", "process", "service")
MEMORY = _gauge("process_memory_bytes", "Resident memory of the process and what it has started", "process", "service")
FILES = _gauge("process_open_files", "Open files and connections of the process", "process", "service")

REDIS_MEMORY = _gauge("redis_memory_bytes", "What the server holds, by its own account")
REDIS_CLIENTS = _gauge("redis_clients", "Connected clients, the watcher's own among them")
REDIS_COMMANDS = _counter("redis_commands", "Commands, some 70 a second of which are the watcher's own")

SLO = _gauge("slo_seconds", "An order closed later than this counts as harmed")
DEADLINE = _gauge("deadline_seconds", "By then an order is closed, or it expires and is undone")


def told(metric: Metric, *labels: str, value: float) -> Sample:
    """A sample of the metric."""
    return Sample(metric, labels, value)


METRICS: tuple[Metric, ...] = tuple(each for each in list(globals().values()) if isinstance(each, Metric))
"""All of them."""


def of(samples: Iterable[Sample], metric: Metric) -> list[Sample]:
    """Those of one metric."""
    return [sample for sample in samples if sample.metric is metric]
