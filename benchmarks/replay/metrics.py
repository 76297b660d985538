"""A run as a stream of samples in time, second by second: for a Prometheus, or for whoever shows it live."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.replay import commits, customers, observed
from benchmarks.replay.records import Run, Unreplayable
from benchmarks.replay.series import Change, Labels, Metric
from common.telemetry.meters import SECONDS

BEFORE_S, AFTER_S = 2, 10
"""How long before the first and after the last change everything is told once more."""

BOUNDS = (*SECONDS, math.inf)


@dataclass(frozen=True, slots=True)
class Sample:
    """The value of one series from this second (Unix time) on. A histogram's series have `suffix` and `le`."""

    at_s: int
    metric: Metric
    suffix: str
    labels: Labels
    value: float


@dataclass(slots=True)
class _Value:
    """What a series has come to. For a histogram `buckets` counts by bound, not yet added up."""

    metric: Metric
    labels: Labels
    value: float = 0.0
    buckets: list[int] = field(default_factory=list)

    def take(self, change: Change) -> None:
        if self.metric.kind == "histogram":
            self.buckets[bisect_left(BOUNDS, change.value)] += 1
        self.value = change.value if change.sets else self.value + change.value

    def at(self, at_s: int) -> Iterator[Sample]:
        if self.metric.kind != "histogram":
            yield Sample(at_s, self.metric, "", self.labels, self.value)
            return
        so_far = 0
        for bound, count in zip(BOUNDS, self.buckets, strict=True):
            so_far += count
            labels = tuple(sorted((*self.labels, ("le", "+Inf" if math.isinf(bound) else repr(float(bound))))))
            yield Sample(at_s, self.metric, "_bucket", labels, so_far)
        yield Sample(at_s, self.metric, "_count", self.labels, so_far)
        yield Sample(at_s, self.metric, "_sum", self.labels, self.value)


def changes(run: Run) -> list[Change]:
    """All that the records tell, in time. Raises Unreplayable for records of another form, and for none."""
    try:
        found = [*customers.changes(run), *commits.changes(run), *observed.changes(run)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreplayable(f"The records in {run.folder} are not as this version writes them: {error!r}") from error
    if not any(change.at_ms > 0 for change in found):
        raise Unreplayable(f"The records in {run.folder} tell of nothing that happened")
    return sorted(found, key=lambda change: change.at_ms)


def span(found: Iterable[Change]) -> tuple[int, int]:
    """The first and the last second to tell of (Unix time)."""
    moments = [change.at_ms for change in found if change.at_ms > 0]
    return math.floor(min(moments) / 1000) - BEFORE_S, math.ceil(max(moments) / 1000) + AFTER_S


def samples(found: list[Change]) -> Iterator[Sample]:
    """The samples of all series that changed, second by second: of all at the first and at the last.

    Counters and histograms begin at 0. A gauge that is set has no value before.
    """
    start, end = span(found)
    values = {(each.metric, each.labels): _new(each) for each in found}
    begun = {key for key, value in values.items() if value.metric.kind != "gauge"}
    begun |= {(each.metric, each.labels) for each in found if not each.sets or each.metric is observed.FAULT}
    changed, waiting = set(begun), list(reversed(found))
    for second in range(start, end + 1):
        while waiting and waiting[-1].at_ms <= second * 1000:
            change = waiting.pop()
            values[change.metric, change.labels].take(change)
            changed.add((change.metric, change.labels))
            begun.add((change.metric, change.labels))
        for key in begun if second == end else changed:
            yield from values[key].at(second)
        changed = set()


def _new(change: Change) -> _Value:
    histogram = change.metric.kind == "histogram"
    return _Value(change.metric, change.labels, buckets=[0] * len(BOUNDS) if histogram else [])
