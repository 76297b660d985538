"""The loop that looks, once a second, and what was seen lately.

Each arm is looked at in a thread of its own: a server that hangs holds up nobody but itself. What is older than
FRESH_S is not told any more: no number is better than a stale one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from benchmarks.history import Unreadable, reading
from benchmarks.watcher import journal, processes, redis_server, streams
from benchmarks.watcher.auditing import Auditor
from benchmarks.watcher.metrics import DEADLINE, SLO, Sample, told
from benchmarks.watcher.source import Seen, Source, Watched
from benchmarks.watcher.usage import Usage
from compose.arms import ORCHESTRATOR
from compose.local.errors import Trouble

LOOK_S = 1.0
FRESH_S = 3.0
ARMS_MAX = 16
AUDIT_FRESH_S = float("inf")  # an audit says itself when it was; it goes when its arm cannot be asked

PROCESSES, USAGE, SERVER, AUDIT = "processes", "usage", "server", "audit"


class Watch:
    """Looks at everything that a source shows. `fresh` is for other threads."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._looks: dict[tuple[str, str], tuple[float, list[Sample]]] = {}
        self._journals: dict[str, journal.JournalLook] = {}
        self._under_way: dict[str, Future[None]] = {}
        self._threads = ThreadPoolExecutor(ARMS_MAX)
        self._usage, self._auditor = Usage(), Auditor()
        self._seen: Seen | None = None
        self._history: tuple[Any, list[dict[str, Any]]] = (None, [])
        self.looked = False

    def run(self) -> None:
        """Look for ever. The audits have a thread of their own."""
        threading.Thread(target=self._audit_for_ever, daemon=True).start()
        while True:
            began = time.monotonic()
            self._look()
            time.sleep(max(0.0, began + LOOK_S - time.monotonic()))

    def _look(self) -> None:
        """Once, without waiting for the servers."""
        try:
            self._seen = self._source.seen()
            suffering = processes.downs(self._lately(self._seen), time.time() * 1000)
        except (Trouble, KeyError) as trouble:
            logging.warning("nothing to be seen: %s", trouble)
            return
        children = self._usage.begin()
        for watched in self._seen.arms:
            self._keep(watched, USAGE, self._usage.look(watched, children))
            self._begin(watched, suffering)
        self.looked = True

    def _lately(self, seen: Seen) -> list[dict[str, Any]]:
        """The history, asked for when it must have grown: it may be long."""
        every = [each for watched in seen.arms for each in watched.processes]
        state = [(each.starts, each.state) for each in every]
        if self._history[0] != state or any(each.state != processes.READY for each in every):
            self._history = state, self._source.history()
        return self._history[1]

    def _begin(self, watched: Watched, suffering: processes.Downs) -> None:
        before = self._under_way.get(watched.arm.name)
        if before is None or before.done():
            self._under_way[watched.arm.name] = self._threads.submit(self._look_at, watched, suffering)

    def _look_at(self, watched: Watched, suffering: processes.Downs) -> None:
        self._keep(watched, PROCESSES, processes.look(watched, suffering))
        try:
            self._keep(watched, SERVER, self._asked(watched))
        except Unreadable as error:
            self._looks.pop((watched.arm.name, SERVER), None)
            logging.warning("%s: %s", watched.arm.name, error)
        except Exception:
            logging.exception("the look at %s failed", watched.arm.name)

    def _asked(self, watched: Watched) -> Iterator[Sample]:
        with reading(watched.auditor) as redis:
            yield from redis_server.look(redis)
            yield from streams.look(redis, watched.arm)
            if any(role.service == ORCHESTRATOR for role in watched.arm.roles):
                yield from self._journals.setdefault(watched.arm.name, journal.JournalLook()).look(redis)
            if watched.arm.queue == "rq":
                yield from journal.jobs_look(redis)

    def _audit_for_ever(self) -> None:
        while True:
            for watched in self._seen.arms if self._seen else ():
                self._audit(watched)
            time.sleep(LOOK_S)

    def _audit(self, watched: Watched) -> None:
        try:
            found = self._auditor.look(watched)
        except Unreadable:
            self._auditor.forget(watched.arm.name)
            found = None
        except Exception:  # an order as nobody has ever seen it; the next look may be luckier
            logging.exception("the audit of %s failed", watched.arm.name)
            return
        self._keep(watched, AUDIT, found or ())

    def _keep(self, watched: Watched, what: str, samples: Iterable[Sample]) -> None:
        kept = list(samples)
        self._looks[watched.arm.name, what] = time.monotonic(), kept

    def fresh(self) -> Iterator[tuple[Watched, Sample]]:
        """All that was seen lately. Of an arm whose server cannot be asked, only what its processes are."""
        for watched in self._seen.arms if self._seen else ():
            if self._is_fresh(watched, PROCESSES):
                yield watched, told(SLO, value=self._seen.slo_s if self._seen else 0)
                yield watched, told(DEADLINE, value=self._seen.deadline_s if self._seen else 0)
            for what in (PROCESSES, USAGE, SERVER, *((AUDIT,) if self._is_fresh(watched, SERVER) else ())):
                if what == AUDIT or self._is_fresh(watched, what):
                    yield from ((watched, sample) for sample in self._looks.get((watched.arm.name, what), (0, []))[1])

    def _is_fresh(self, watched: Watched, what: str) -> bool:
        at, _ = self._looks.get((watched.arm.name, what), (float("-inf"), []))
        return time.monotonic() - at < FRESH_S
