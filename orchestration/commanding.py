"""Orders moved on by commands: one is sent, and its answer is heard later, by whichever replica hears it.

Whoever hears an answer writes it into the journal, asks the engine, and sends what is next: it need not be the replica
whose hands the order is in. Those hands look after two things only: what was never commanded (after a restart), and
the deadline. An answer is acked after the command that follows it has been sent, so a crash anywhere makes somebody
hear it again; what is then sent twice is decided once.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

from common.domain.effect import name_of, service_of
from common.domain.events import Refusal
from common.messages import Request, Unreachable
from common.patience import pauses
from common.settings import Settings
from common.telemetry import Meters
from common.transport.commands import Command
from common.transport.streams import Entry, event_of
from orchestration.engine import Given, Next, Saga, what_next
from orchestration.journal import Journal, Line, Running

Send = Callable[[Sequence[Command]], Awaitable[object]]
Heard = tuple[str, Given]
"""An order's id, and an answer."""

LOOK_S = 0.1  # how late a deadline may be noticed


class Commanding:
    """A way to move orders on, for one replica; and the work of a Consumer that hears the answers."""

    kind = "reply"

    def __init__(self, saga: Saga, journal: Journal, send: Send, settings: Settings, meters: Meters) -> None:
        self._saga = saga
        self._journal = journal
        self._send = send
        self._batch_max = settings.batch_max
        self._meters = meters
        self._running: dict[str, Running] = {}  # in our hands, with the answers that we have heard of
        self._deadlines: list[tuple[int, str]] = []
        self._fresh: list[Running] = []
        self._beginning: asyncio.Task[None] | None = None

    def under_way(self) -> Collection[str]:
        """Orders in our hands that have been commanded."""
        return self._running.keys()

    def take(self, running: Iterable[Running]) -> None:
        """Send what is next for each, and keep its deadline."""
        fresh = [each for each in running if each.order.order_id not in self._running]
        for each in fresh:
            self._running[each.order.order_id] = each
            heapq.heappush(self._deadlines, (each.order.deadline_ms, each.order.order_id))
        self._fresh += fresh
        if self._fresh and self._beginning is None:
            self._beginning = asyncio.create_task(self._begin())
        self._meters.in_flight.set(len(self._running))

    async def _begin(self) -> None:
        """First commands, many in one round trip: what comes while one is under way goes with the next."""
        await asyncio.sleep(0)
        waits = pauses()
        try:
            while batch := self._fresh[: self._batch_max]:
                try:
                    await self._go_on(batch)
                except Unreachable:
                    await asyncio.sleep(next(waits))
                else:
                    del self._fresh[: len(batch)]
        finally:
            self._beginning = None

    def read(self, entry: Entry) -> Heard:
        """The answer that an event is. Raises Malformed."""
        event = event_of(entry)
        operation = entry.fields["id"].decode().rpartition("/")[2]
        return event.order.order_id, Given(operation, not isinstance(event, Refusal), event.reason)

    def ready(self, item: Heard) -> Heard:
        """All answers can be dealt with together."""
        return item

    async def alone(self, item: Heard) -> None:
        """As `together`."""
        await self.together([item])

    async def together(self, batch: Sequence[Heard]) -> None:
        """Write the answers down, and send what is next. Raises Unreachable: then all of them are heard again."""
        answers: dict[str, list[Given]] = defaultdict(list)
        for order_id, given in batch:
            answers[order_id].append(given)
        found = await self._known(answers)
        while answers:
            found |= await self._written(found, answers)
        await self._go_on(list(found.values()))
        self._meters.in_flight.set(len(self._running))

    async def _known(self, order_ids: Collection[str]) -> dict[str, Running]:
        known = {order_id: self._running[order_id] for order_id in order_ids if order_id in self._running}
        return known | await self._loaded([order_id for order_id in order_ids if order_id not in known])

    async def _loaded(self, order_ids: Sequence[str]) -> dict[str, Running]:
        if not order_ids:
            return {}
        found = {each.order.order_id: each for each in await self._journal.load(order_ids)}
        for order_id in self._running.keys() & found.keys():
            self._running[order_id] = found[order_id]
        return found

    async def _written(self, found: Mapping[str, Running], answers: dict[str, list[Given]]) -> dict[str, Running]:
        """Append what the journal does not have. What another replica was quicker with is loaded, to try again."""
        lines: list[Line] = []
        for order_id, given in list(answers.items()):
            running = found.get(order_id)
            known = {answer.operation for answer in running.answers} if running else set()
            new = [answer for answer in given if running and answer.operation not in known]
            if running is None or not new:  # dropped long ago, or heard before: what is next may still be unsent
                del answers[order_id]
                continue
            lines += self._lines(running, new)
        if not lines:
            return {}
        outrun = set()
        for line, written in zip(lines, await self._journal.write(lines), strict=True):
            if written and line.order_id not in outrun:
                found[line.order_id].answers.append(line.given)
                answers[line.order_id].remove(line.given)
            else:
                outrun.add(line.order_id)
        return await self._loaded(sorted(outrun))

    def _lines(self, running: Running, new: Sequence[Given]) -> list[Line]:
        lines, answers = [], list(running.answers)
        for given in new:
            answers.append(given)
            closes = what_next(self._saga, answers) is None
            lines.append(Line(running.order.order_id, len(answers) - 1, given, closes))
        return lines

    async def _go_on(self, orders: Sequence[Running]) -> None:
        commands = []
        for running in orders:
            step = self._next(running)
            if step is None:
                self._running.pop(running.order.order_id, None)
            else:
                commands.append(_command(running, step))
        if commands:
            await self._send(commands)

    def _next(self, running: Running) -> Next | None:
        return what_next(self._saga, running.answers, time.time() * 1000 >= running.order.deadline_ms)

    async def watch(self) -> None:
        """Look for orders in our hands past their deadline, until cancelled."""
        while True:
            while due := self._due():
                try:
                    await self._expire(due)
                except Unreachable:
                    for order_id in due:
                        heapq.heappush(self._deadlines, (self._running[order_id].order.deadline_ms, order_id))
                    break
            await asyncio.sleep(LOOK_S)

    def _due(self) -> list[str]:
        """Orders in our hands past their deadline, off the list."""
        now_ms, due = time.time() * 1000, list[str]()
        while self._deadlines and self._deadlines[0][0] <= now_ms and len(due) < self._batch_max:
            _, order_id = heapq.heappop(self._deadlines)
            if order_id in self._running:
                due.append(order_id)
        return due

    async def _expire(self, due: Sequence[str]) -> None:
        """Ask for the end of those that the journal knows no end of: another replica may have heard more than we."""
        found = await self._loaded(due)
        late = [each for each in found.values() if self._is_forward(each)]
        logging.info("%d orders past their deadline", len(late))
        await self._go_on(late)
        for order_id in set(due).difference(found):  # dropped long ago
            self._running.pop(order_id, None)

    def _is_forward(self, running: Running) -> bool:
        """False when it is being undone: that has been commanded, and has no deadline."""
        step = self._next(running)
        return step is None or step.operation is self._saga.at_deadline


def _command(running: Running, step: Next) -> Command:
    request = Request(name_of(step.operation), running.order, step.reason, running.opening.traceparent)
    return Command(service_of(step.operation), request)
