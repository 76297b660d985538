"""What changes a metric, at which moment: the words in which records are turned into metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.watcher.metrics import Metric as OfWatcher
from compose.arm import Arm

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as its page would declare it."""

    name: str
    kind: Kind
    help: str


@dataclass(frozen=True, slots=True)
class Change:
    """At `at_ms` a counter or gauge grows by `value`, a gauge is set to it, or a histogram sees it."""

    at_ms: float
    metric: Metric
    labels: Labels
    value: float
    sets: bool = False


def by_process(arm: Arm, process: str, service: str, **labels: str) -> Labels:
    """The labels of what a process says of itself, once Prometheus has it."""
    where = {"job": "harmony", "instance": f"{arm.name}/{process}", "arm": arm.name}
    return _sorted(where | {"pattern": arm.pattern, "transport": arm.transport, "service": service} | labels)


def by_watcher(arm: Arm, **labels: str) -> Labels:
    """The labels of what the watcher says."""
    return _sorted(
        {"job": "watcher", "instance": "watcher", "pattern": arm.pattern, "transport": arm.transport} | labels
    )


def watchers(metric: OfWatcher) -> Metric:
    """A metric of the watcher's table."""
    return Metric(metric.name, metric.kind, metric.help)


def _sorted(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))
