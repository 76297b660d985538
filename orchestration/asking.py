"""Orders moved on by asking: each order is one coroutine that asks the next operation and waits for its answer.

Thousands may wait at once, and at most `concurrency` requests are under way to one service. What it does is idempotent
by name, so a crash between any two lines is repaired by doing it again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress

from common.domain.effect import name_of, service_of
from common.domain.model import Order
from common.messages import Answer, Request, Undecided, Unreachable
from common.patience import pauses
from common.settings import Settings
from common.telemetry import conventions
from common.telemetry.meters import Meters
from common.telemetry.tracing import NOTHING_TRACED, Tracing
from orchestration.engine import Given, Next, Saga, what_next
from orchestration.journal import Journal, Running

Ask = Callable[[str, Request], Awaitable[Answer]]


class Parked(Exception):
    """An undoing that failed for the last time: set aside for a human, and open until then."""


class Asking:
    """A way to move orders on, for one replica."""

    def __init__(
        self,
        saga: Saga,
        journal: Journal,
        ask: Ask,
        settings: Settings,
        meters: Meters,
        tracing: Tracing = NOTHING_TRACED,
    ) -> None:
        self._tracing = tracing
        self._saga = saga
        self._journal = journal
        self._ask = ask
        self._settings = settings
        self._meters = meters
        self._limits: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(settings.concurrency))
        self._driving: dict[str, asyncio.Task[None]] = {}
        self._given_up: dict[str, asyncio.Event] = {}  # steps that wait for the deadline, or for a human to come first

    def under_way(self) -> Collection[str]:
        """Orders that are being driven."""
        return self._driving.keys()

    def let_go(self, order_ids: Iterable[str]) -> None:
        """Whoever drives one of these finds out by the journal."""

    def again(self, order_id: str) -> bool:
        """Ask again what was given up until the deadline."""
        if order_id not in self._given_up:
            return False
        self._given_up[order_id].set()
        return True

    def take(self, running: Iterable[Running]) -> None:
        """Drive them from where they are to their end."""
        for each in running:
            order_id = each.order.order_id
            if order_id in self._driving:
                continue
            self._driving[order_id] = task = asyncio.create_task(self.drive(each), name=order_id)
            task.add_done_callback(self._left)
        self._meters.in_flight.set(len(self._driving))

    def _left(self, task: asyncio.Task[None]) -> None:
        self._driving.pop(task.get_name(), None)
        if not task.cancelled() and (error := task.exception()):
            logging.error("order %s: taken up again at the next look", task.get_name(), exc_info=error)
        self._meters.in_flight.set(len(self._driving))

    async def drive(self, running: Running) -> None:
        """From the answers so far to the end of the order, or until another replica has it."""
        step = self._next(running)
        while step is not None:
            try:
                given = await self._answer(running, step)
            except Parked:
                return
            if given is not None:
                running.answers.append(given)
            following = self._next(running)
            if given is not None and not await self._remember(running, closes=following is None):
                return
            step = following

    def _next(self, running: Running) -> Next | None:
        return what_next(self._saga, running.answers, time.time() * 1000 >= running.order.deadline_ms)

    async def _remember(self, running: Running, closes: bool) -> bool:
        position, answer = len(running.answers) - 1, running.answers[-1]
        for pause in pauses():
            with suppress(Unreachable):
                return await self._journal.append(running.order.order_id, position, answer, closes)
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def _answer(self, running: Running, step: Next) -> Given | None:
        """The answer to a step; None when the deadline came first. Raises Parked."""
        request = Request(name_of(step.operation), running.order, step.reason, running.traceparent)
        service, order_id, attempts = service_of(step.operation), running.order.order_id, 0
        for number, pause in enumerate(pauses()):
            if number:
                self._meters.retries.inc()
            try:
                answer = await self._asked(service, request)
                if attempts:
                    await self._forget(order_id)
                return _given(answer)
            except Unreachable:
                self._meters.unreachable.inc()
            except Undecided as error:
                self._meters.undecided.inc()
                attempts = await self._count(order_id, request.operation)
                logging.warning("%s of %s: attempt %d: %s", request.operation, order_id, attempts, error)
                if attempts >= self._settings.attempts_max:
                    await self._give_up(running, step, str(error), attempts)
                    return None
            if await self._wait(pause, running.order, step):
                return None
        raise AssertionError("pauses never end")

    async def _asked(self, service: str, request: Request) -> Answer:
        async with self._limits[service]:
            return await self._ask(service, request)

    async def _wait(self, pause_s: float, order: Order, step: Next) -> bool:
        """Wait before asking again; True when the deadline has come, which bounds the way forward and not the way
        back."""
        left_s = order.deadline_ms / 1000 - time.time()
        await asyncio.sleep(max(0.0, min(pause_s, left_s)) if step.bounded else pause_s)
        return step.bounded and left_s <= pause_s

    async def _count(self, order_id: str, operation: str) -> int:
        for pause in pauses():
            with suppress(Unreachable):
                return await self._journal.count_attempt(order_id, operation)
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def _forget(self, order_id: str) -> None:
        with suppress(Unreachable):  # then they are forgotten later, by themselves
            await self._journal.forget_attempts(order_id)

    async def _give_up(self, running: Running, step: Next, reason: str, attempts: int) -> None:
        """Set the request aside. A step forward then waits for the deadline; anything else is parked."""
        order = running.order
        for pause in pauses():
            with suppress(Unreachable):
                if attempts == self._settings.attempts_max or not step.bounded:  # later ones have a letter already
                    name = name_of(step.operation)
                    await self._journal.bury(order, name, reason, attempts, parks=not step.bounded)
                    told = {conventions.ORDER_ID: order.order_id, conventions.OPERATION: name}
                    self._tracing.begin(running.traceparent).end(conventions.set_aside(name, told, reason))
                break
            await asyncio.sleep(pause)
        if not step.bounded:
            raise Parked(order.order_id)
        await self._rest(order)

    async def _rest(self, order: Order) -> None:
        """Until the deadline, or until a human wants it tried again."""
        self._given_up[order.order_id] = tried_again = asyncio.Event()
        try:
            async with asyncio.timeout(max(0.0, order.deadline_ms / 1000 - time.time())):
                await tried_again.wait()
        except TimeoutError:
            await self._forget(order.order_id)
        finally:
            del self._given_up[order.order_id]


def _given(answer: Answer) -> Given:
    return Given(answer.operation, answer.accepted, answer.event.reason if answer.event else "")
