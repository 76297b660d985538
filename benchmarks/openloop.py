"""The open loop: sends each arrival when it is due, whatever the answers do, and keeps a row of each.

Here lives the schedule that all users share. What becomes of an order is kept in `blockload.py`; Locust, its users and
its table are in `locustfile.py`.

Why users cannot change the load: all of them take from one schedule. A user holds the next arrival until it
is due, hands it to a greenlet of its own and takes another, so one user sends as much as fifty. A user that
Locust spawns late finds the schedule under way; one that is stopped gives back the arrival it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gevent
from gevent.queue import PriorityQueue

from benchmarks.blockload import Arrival, BlockLoad, Post, now_ms
from benchmarks.shares import WHOLE, Share
from benchmarks.workload import Workload

LATE_MS_MAX = 1_000.0  # an arrival this far behind is not sent but counted: the generator failed, not the lab
IN_FLIGHT_MAX = 4_096  # POSTs without an answer; a door that hangs 10 s at 100/s leaves 1,000
HORIZON_S = 1.0  # how far ahead arrivals are put on the schedule: an endless load must not fill the memory


def sleep_until(moment_ms: float) -> None:
    """Return at this moment of the load's clock, never before it.

    Again and again, because gevent counts from when its loop last woke: after a busy spell it wakes too early.
    """
    while (left_ms := moment_ms - now_ms()) > 0:
        gevent.sleep(left_ms / 1000)


class Schedule:
    """The arrivals that are due next, shared by all users."""

    def __init__(self) -> None:
        self._waiting = PriorityQueue()
        self._asking: set[Any] = set()

    def feed(
        self, block: BlockLoad, start_ms: float, due_s: Iterable[float], workload: Workload, share: Share = WHOLE
    ) -> None:
        """Put a block's arrivals, or a share of them, on the schedule, a second ahead of their time. Returns when all
        are on it."""
        for index, due in enumerate(due_s):
            if not share.has(index):
                continue
            due_ms = start_ms + due * 1000
            sleep_until(due_ms - HORIZON_S * 1000)
            self._waiting.put(Arrival(due_ms, workload.order(index), block))

    def serve(self, post: Post) -> None:
        """Take the next arrival, wait until it is due, and send it without waiting for its answer.

        Raises GreenletExit when the user is stopped; the arrival then goes back for the others.
        """
        arrival: Arrival = self._waiting.get()
        try:
            sleep_until(arrival.due_ms)
        except gevent.GreenletExit:
            self._waiting.put(arrival)
            raise
        self._start(arrival, post)

    def stop(self, block: BlockLoad, grace_s: float) -> None:
        """End a block: forget what is not due, count what is overdue, end the questions under way after the grace."""
        block.over = True  # also for the arrival that a user holds at this moment
        while not self._waiting.empty():
            arrival: Arrival = self._waiting.get()
            if arrival.due_ms < now_ms() - LATE_MS_MAX:
                arrival.block.skip(arrival, "no user was there to send it")
        gevent.joinall(list(self._asking), timeout=grace_s)
        gevent.killall(list(self._asking), timeout=1.0)

    def _start(self, arrival: Arrival, post: Post) -> None:
        late_ms = now_ms() - arrival.due_ms
        if arrival.block.over:
            return
        if late_ms > LATE_MS_MAX:
            arrival.block.skip(arrival, f"{late_ms:.0f} ms behind")
        elif len(self._asking) >= IN_FLIGHT_MAX:
            arrival.block.skip(arrival, f"{IN_FLIGHT_MAX} orders were waiting for an answer")
        else:
            asking = gevent.spawn(arrival.block.send, arrival, post)
            self._asking.add(asking)
            asking.link(self._asking.discard)
