"""One load from several processes: the master deals out shares of its schedule, and watches that each is sent.

The master's word to a worker holds everything: which arrivals are its own, from which time zero, and all options. So a
worker sends the same whatever users it is given. A share that is not sent by whom it was given to spoils the load, and
that is said loudly: in the log, in the table of Locust's page, and by the exit code. Nobody takes it over, because an
open loop that is behind its schedule measures something else. A worker that comes late waits for the next start.
"""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import gevent

from benchmarks.blockload import now_ms
from benchmarks.locust_options import objection, told
from benchmarks.locust_table import LocustTable
from benchmarks.rows import Row
from benchmarks.shares import Share

SHARE, END, ENDED = "harmony-share", "harmony-end", "harmony-ended"
LEAD_MS = 2_000.0  # from the master's word to time zero: a worker may take a second to find the end of its door's feed
APART_MS_MAX = 1_000.0  # how far the clocks of master and worker may be apart; containers of one machine share theirs
LOOK_S = 0.2
OPTIONS = ("rate", "scenario", "seconds", "seed", "rows")

Begin = Callable[[Namespace, str, Share], None]


class Master:
    """Sends nothing itself. `patience_s`: how long it waits at the end for workers whose orders are still open."""

    def __init__(self, environment: Any, patience_s: float) -> None:
        self._environment = environment
        self._runner = environment.runner
        self._patience_s = patience_s
        self._shares: dict[str, int] = {}
        self._open: set[str] = set()  # workers that have not told of their end
        self._watching: Any = None
        self._stopping = False
        self._runner.register_message(ENDED, self._ended)
        its = self._environment.events
        its.test_start.add_listener(self.start)
        its.test_stopping.add_listener(self.stop)
        its.worker_connect.add_listener(self._came)

    def start(self, **_: object) -> None:
        """Deal out the shares. What is sent to a worker here reaches it before its users do."""
        asked: Any = self._environment.parsed_options
        if wrong := objection(asked):
            LocustTable(self._environment).spoil(wrong)
            return
        workers = self._runner.clients
        here = sorted(worker.id for worker in (*workers.ready, *workers.spawning, *workers.running))
        self._shares = {worker: number for number, worker in enumerate(here)}
        self._open, self._stopping = set(here), False
        zero_ms = now_ms() + LEAD_MS
        options = {name: getattr(asked, name) for name in OPTIONS}
        for worker, number in self._shares.items():
            share = {"number": number, "of": len(here), "zero_ms": zero_ms}
            word = {"share": share, "options": options, "host": self._environment.host or ""}
            self._runner.send_message(SHARE, word, client_id=worker)
        logging.info("%s; one schedule, divided among %d workers", told(asked), len(here))
        self._watching = gevent.spawn(self._watch)

    def stop(self, **_: object) -> None:
        """Have all workers send no more and let their orders close. Returns when all have told so, or are gone."""
        self._stopping = True
        for worker in sorted(self._open):
            self._runner.send_message(END, {}, client_id=worker)
        give_up_ms = now_ms() + self._patience_s * 1000
        while self._open and now_ms() < give_up_ms:
            gevent.sleep(LOOK_S)
        gevent.killall([self._watching] if self._watching else [])
        for worker in sorted(self._open):
            self._spoil(worker, f"has not told of its end in {self._patience_s:.0f} s")
        self._open.clear()

    def _watch(self) -> None:
        while True:
            gevent.sleep(LOOK_S)
            clients = self._runner.clients
            for worker in sorted(self._open):
                gone = worker not in clients and not self._stopping
                if gone or (worker in clients and clients[worker].state == "missing"):
                    self._spoil(worker, "is gone")

    def _ended(self, msg: Any, **_: object) -> None:
        if msg.node_id not in self._open:
            return
        if msg.data["spoiled"]:
            self._spoil(msg.node_id, f"says: {msg.data['spoiled']}")
        elif not self._stopping:
            self._spoil(msg.node_id, "has ended before it was asked to")
        self._open.discard(msg.node_id)

    def _came(self, client_id: str, **_: object) -> None:
        if self._open and client_id not in self._shares:
            logging.warning("worker %s has come late: it takes no part before the next start", client_id)

    def _spoil(self, worker: str, why: str) -> None:
        self._open.discard(worker)
        share = f"worker {self._shares[worker] + 1} of {len(self._shares)} ({worker})"
        LocustTable(self._environment).spoil(f"the load is spoiled: {share} {why}")


class Worker:
    """Sends its share of each load. `end` returns when what was begun has ended."""

    def __init__(self, environment: Any, begin: Begin, end: Callable[[], None]) -> None:
        self._environment, self._runner = environment, environment.runner
        self._begin, self._end = begin, end
        self._runner.register_message(SHARE, self._dealt)
        self._runner.register_message(END, self._asked, concurrent=True)
        environment.events.quitting.add_listener(
            self._asked
        )  # called before Locust's own, which takes leave of the master

    def tell_end(self, spoiled: str) -> None:
        """Tell the master that nothing more is sent, and "" or why what was sent is not what should have been."""
        figures: Row = {}
        self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=figures)
        self._runner.send_message("stats", figures)  # the last ones, while the master still knows whose they are
        self._runner.send_message(ENDED, {"spoiled": spoiled})

    def _dealt(self, msg: Any, **_: object) -> None:
        word: Row = msg.data
        share = Share(**word["share"])
        early_ms = (share.zero_ms or 0.0) - now_ms()
        if not -APART_MS_MAX < early_ms - LEAD_MS < APART_MS_MAX:
            off_ms = abs(early_ms - LEAD_MS)
            self.tell_end(f"its clock is {off_ms:.0f} ms apart from the master's, or the master's word took as long")
            return
        self._begin(Namespace(**word["options"], plan=""), word["host"], share)

    def _asked(self, **_: object) -> None:
        self._end()
