"""Orders moved on by a queue of jobs: a job is an order's id, and whoever gets it drives the order to its end.

An order that waits in the queue is in the hands of an orchestrator, and one that is driven in those of a worker: so
what a dead worker held falls to an orchestrator with its lease, and is put into the queue again. Nothing rests on the
queue: a job may be lost, doubled, or run again by RQ itself, since the journal knows what is closed and who holds what.
Which library keeps the queue is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Protocol

from common.crash import Reach, nothing_armed
from common.messages import Unreachable
from common.patience import pauses
from common.settings import Settings
from common.telemetry import conventions
from common.telemetry.meters import Meters
from common.telemetry.tracing import NOTHING_TRACED, Tracing
from orchestration.asking import Asking
from orchestration.engine import Saga, what_next
from orchestration.journal import Journal, Running

DRIVE_S = (
    2.0  # for one job: a service that is away must not hold a worker for ever. What is not done by then waits again
)
JOB = "job"  # what comes by a crash point here
SKEW_MS = 100  # between the clocks of those who put jobs in


class Jobs(Protocol):
    """A queue of jobs, for whoever puts them in. All methods raise Unreachable."""

    async def put(self, orders: Mapping[str, str], at_ms: int) -> None:
        """One job for each order (its id, and its trace context), put in at that time."""

    async def oldest_ms(self) -> int | None:
        """When the next job was put in, in ms; None when the queue is empty."""

    async def waiting(self) -> set[str]:
        """The orders of all jobs in the queue."""


class Enqueuing:
    """A way to move orders on, for one orchestrator: it puts jobs into the queue, and again when nobody has them."""

    def __init__(self, jobs: Jobs, settings: Settings, meters: Meters, reach: Reach = nothing_armed) -> None:
        self._jobs = jobs
        self._reach = reach
        self._lease_ms = int(settings.lease_s * 1000)
        self._batch_max = settings.batch_max
        self._meters = meters
        self._fresh: dict[str, Running] = {}  # to be put in
        self._put: dict[str, int] = {}  # put in: order -> when, in ms; oldest first
        self._oldest_ms: int | None = None
        self._putting: asyncio.Task[None] | None = None

    def under_way(self) -> Collection[str]:
        """Orders that need no look: they are put in at the moment, or were within the last lease, or wait still.

        The queue keeps its order: what was put in before the job that is next has been taken out.
        """
        waits_since_ms = time.time() * 1000 if self._oldest_ms is None else self._oldest_ms - SKEW_MS
        gone_ms = min(time.time() * 1000 - self._lease_ms, waits_since_ms)
        while self._put:
            first = next(iter(self._put))
            if self._put[first] >= gone_ms:
                break
            del self._put[first]
        self._meters.in_flight.set(len(self._put) + len(self._fresh))
        return self._put.keys() | self._fresh.keys()

    def let_go(self, order_ids: Iterable[str]) -> None:
        """What a worker has taken hold of needs no look either: see `under_way`."""

    def again(self, order_id: str) -> bool:
        """A step that was given up is tried again by each job, until the deadline."""
        return False

    def take(self, running: Iterable[Running]) -> None:
        """Put them in soon, many in one round trip."""
        for each in running:
            if each.order.order_id not in self._put:
                self._fresh[each.order.order_id] = each
        if self._fresh and self._putting is None:
            self._putting = asyncio.create_task(self._put_all())

    async def _put_all(self) -> None:
        await asyncio.sleep(0)  # what comes in this turn of the loop, and while a call is under way, goes together
        waits = pauses()
        try:
            while self._fresh:
                batch = dict(list(self._fresh.items())[: self._batch_max])
                try:
                    await self._put_in(batch)
                except Unreachable:
                    await asyncio.sleep(next(waits))
        finally:
            self._putting = None

    async def _put_in(self, batch: dict[str, Running]) -> None:
        """Orders of long ago may be in the queue since before we were started, or by a dead replica's hand."""
        now_ms = int(time.time() * 1000)
        old = {order_id for order_id, each in batch.items() if each.order.placed_ms < now_ms - self._lease_ms}
        waiting = old & await self._jobs.waiting() if old else set()
        new = {order_id: each.traceparent for order_id, each in batch.items() if order_id not in waiting}
        self._meters.retries.inc(len(old & new.keys()))
        self._reach("enqueue.before", [JOB] * len(new))
        await self._jobs.put(new, now_ms)
        self._reach("enqueue.after", [JOB] * len(new))
        for order_id in batch:
            del self._fresh[order_id]
            self._put[order_id] = now_ms

    async def watch(self) -> None:
        """Look at what is next in the queue, until cancelled."""
        while True:
            with suppress(Unreachable):
                self._oldest_ms = await self._jobs.oldest_ms()
            await asyncio.sleep(self._lease_ms / 3000)


class Conductor:
    """What a job does, for one worker: takes hold of its order, drives it, and leaves it to others if need be."""

    def __init__(
        self,
        saga: Saga,
        journal: Journal,
        asking: Asking,
        settings: Settings,
        meters: Meters,
        tracing: Tracing = NOTHING_TRACED,
        queue: tuple[str, str] = ("", ""),
    ) -> None:
        """`queue`: the library that keeps it, and its name, as spans tell them."""
        self._saga = saga
        self._journal = journal
        self._asking = asking
        self._tracing = tracing
        self._queue = queue
        self._look_s = settings.lease_s / 3
        self._meters = meters
        self._driving: set[str] = set()
        self.ready = False

    async def conduct(self, order_id: str, size: int, traceparent: str = "") -> None:
        """Drive an order as far as it goes in the time of one job. Raises Unreachable."""
        self._meters.message("job", "orchestrator", "worker", size)
        if order_id in self._driving:  # the queue gave up a job of ours that goes on
            return
        self._driving.add(order_id)
        self._meters.in_flight.set(len(self._driving))
        try:
            running = await self._journal.take_hold(order_id)
            if running is not None:
                await self._traced(running, traceparent)
        finally:
            self._driving.discard(order_id)
            self._meters.in_flight.set(len(self._driving))

    async def _traced(self, running: Running, traceparent: str) -> None:
        """Drive it, within the span of the job."""
        span = self._tracing.begin(traceparent or running.traceparent, crosses=True)
        running.within, done, why = span.traceparent, False, "cancelled"
        try:
            done, why = await self._drive(running), ""
        except Unreachable as error:
            why = f"Unreachable: {error}"
            raise
        finally:
            outcome = "done" if done else "put back"
            told = {conventions.ORDER_ID: running.order.order_id, conventions.OUTCOME: outcome}
            span.end(conventions.processed(*self._queue, "", told, why))

    async def _drive(self, running: Running) -> bool:
        """Whether it is done; else others go on with it."""
        order_id = running.order.order_id
        try:
            async with asyncio.timeout(DRIVE_S):
                await self._asking.drive(running)
        except TimeoutError:
            logging.info("order %s: not done in %g s, and put in again", order_id, DRIVE_S)
        else:
            if what_next(self._saga, running.answers) is None:
                return True
        await self._journal.hand_back([order_id])
        return False

    async def keep(self) -> None:
        """Keep the lease, and leave to others what is in our hands and not driven: answers to us may be lost."""
        while True:
            with suppress(Unreachable):
                await self._journal.adopt(most=0)
                if idle := set(await self._journal.mine()) - self._driving:
                    await self._journal.hand_back(sorted(idle))
                self.ready = True
            await asyncio.sleep(self._look_s)
