"""Audits the arms while they run, one after the other, as seldom as their size demands.

While orders are under way only what must hold at any time is judged; once all are closed, everything is. Of an arm that
remembers very many orders only the youngest are looked at, order by order.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks import checkers, history
from benchmarks.checkers import Check
from benchmarks.history import reading
from benchmarks.watcher import youngest
from benchmarks.watcher.metrics import AUDITED_AT, LOOKED_AT, VIOLATIONS, Sample, told
from benchmarks.watcher.source import Watched
from common.store import keys
from common.store.connect import Credentials

APART_S = 5.0
SHARE = 0.08  # of a core, at most, over time: an audit that took a second is followed by no other for twelve
ORDERS_MAX = 5_000  # some 120 MB while they are read; of an arm with more, its youngest are audited

Mark = tuple[Any, ...]


@dataclass(slots=True)
class Audited:
    """The last audit of an arm."""

    samples: list[Sample]
    mark: Mark
    at_rest: bool


@dataclass(slots=True)
class Auditor:
    """Decides when, and audits. To be called from one thread."""

    orders_max: int = ORDERS_MAX
    _last: dict[str, Audited] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _free_at: float = 0.0

    def look(self, watched: Watched) -> list[Sample] | None:
        """What the last audit found, made anew when it is time; None when nobody can say. Raises Unreadable."""
        arm, now = watched.arm.name, time.monotonic()
        last = self._last.get(arm)
        if now < max(self._free_at, self._not_before.get(arm, 0.0)):
            return last.samples if last else None
        mark, size, quiet = _mark(watched.auditor)
        same = last is not None and last.mark == mark and (last.at_rest or not quiet or size > self.orders_max)
        if not same:
            last = self._last[arm] = self._audit(watched, mark, whole=size <= self.orders_max)
        return last.samples if last else None

    def forget(self, arm: str) -> None:
        """The arm cannot be asked: what was found in it is not known to hold any more."""
        self._last.pop(arm, None)

    def _audit(self, watched: Watched, mark: Mark, whole: bool) -> Audited:
        self._not_before[watched.arm.name] = time.monotonic() + APART_S
        spent, at_s = time.thread_time(), time.time()
        try:
            snapshot, at_rest = _collected(watched) if whole else self._youngest(watched)
            judged = checkers.check(snapshot.events, snapshot.state, at_rest=at_rest)
        finally:
            self._free_at = time.monotonic() + (time.thread_time() - spent) / SHARE
        known = any(row["kind"] == "order" for row in snapshot.state)
        return Audited([*_told(judged, known), told(AUDITED_AT, value=at_s)], mark, at_rest)

    def _youngest(self, watched: Watched) -> tuple[history.Snapshot, bool]:
        return youngest.collect(watched.auditor, watched.arm.name, self.orders_max), False


def _mark(auditor: Credentials) -> tuple[Mark, int, bool]:
    """The youngest closed order, how many there are, and whether none seems to be open."""
    with reading(auditor) as redis:
        pipe = redis.pipeline(transaction=False)
        pipe.zrange(keys.listing("order", "closed"), -1, -1, withscores=True)
        pipe.zcard(keys.listing("order", "closed"))
        pipe.zcard(keys.listing("order", "placed"))
        pipe.zcard(keys.listing("order", "deadlines"))
        pipe.scard(history.OPEN)
        youngest, closed, placed, waiting, open_in_journal = pipe.execute()
    return (str(youngest), closed), placed, not waiting and not open_in_journal


def _collected(watched: Watched) -> tuple[history.Snapshot, bool]:
    """The arm's rows, and whether it was at rest all the while."""
    before = _mark(watched.auditor)
    at_rest = before[2] and not history.open_orders(watched.auditor)
    snapshot = history.collect(watched.auditor, watched.arm.name)
    return snapshot, at_rest and _mark(watched.auditor) == before


def _told(judged: list[Check], known: bool) -> Iterator[Sample]:
    """Without any order nothing is violated; that nothing was looked at says the other figure."""
    for check in judged:
        found = max(1, len(check.broken)) if known and not check.ok else 0
        yield told(VIOLATIONS, check.id, value=found)
        yield told(LOOKED_AT, check.id, value=check.looked_at)
