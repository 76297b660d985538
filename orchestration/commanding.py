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
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from common.domain.effect import name_of, service_of
from common.domain.events import Refusal
from common.messages import Request, Unreachable
from common.patience import pauses
from common.settings import Settings
from common.telemetry.meters import Meters
from common.transport.commands import Command, answer_of
from common.transport.streams import Entry, event_of
from orchestration.engine import Given, Next, Saga, what_next
from orchestration.journal import Journal, Line, Running

Send = Callable[[Sequence[Command]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer. `again`: it was handed out before, so what follows it may not have been sent."""

    order_id: str
    given: Given
    again: bool = False


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
        self._unsent: set[str] = set()  # answers of theirs are written down, and what follows may not have been sent
        self._fresh: list[Running] = []
        self._beginning: asyncio.Task[None] | None = None

    def under_way(self) -> Collection[str]:
        """Orders in our hands that have been commanded."""
        return self._running.keys()

    def let_go(self, order_ids: Iterable[str]) -> None:
        """Forget orders that are in our hands no more: another replica has closed them."""
        for order_id in order_ids:
            self._running.pop(order_id, None)

    def again(self, order_id: str) -> bool:
        """Nothing is given up here: what failed for the last time lies with the service that was told."""
        return False

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
        if entry.stream.endswith(":answers"):
            order_id, answer = answer_of(entry)
            return Heard(order_id, Given(answer.operation, answer.accepted, answer.reason), entry.again)
        event = event_of(entry)
        given = Given(event.by, not isinstance(event, Refusal), event.reason)
        return Heard(event.order.order_id, given, entry.again)

    def about(self, item: Heard) -> str:
        """The operation that was answered."""
        return item.given.operation

    def ready(self, item: Heard) -> Heard:
        """All answers can be dealt with together."""
        return item

    async def alone(self, item: Heard) -> None:
        """As `together`."""
        await self.together([item])

    async def together(self, batch: Sequence[Heard]) -> None:
        """Write the answers down, and send what is next. Raises Unreachable: then all of them are heard again."""
        answers: dict[str, list[Given]] = defaultdict(list)
        for heard in batch:
            answers[heard.order_id].append(heard.given)
        found = await self._known(answers)
        self._unsent.update(heard.order_id for heard in batch if heard.again)
        while answers:
            await self._write_down(found, answers)
        following = self._unsent.intersection(found)
        await self._go_on([found[order_id] for order_id in following])
        self._unsent.difference_update(following)
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

    async def _write_down(self, found: dict[str, Running], answers: dict[str, list[Given]]) -> None:
        """Append what the journal does not have. What follows from it is unsent, then.

        What another replica was quicker with is loaded, and left in `answers` to be tried again.
        """
        lines: list[Line] = []
        for order_id, given in list(answers.items()):
            running = found.get(order_id)
            new = _unknown(running, given) if running else []
            if running is None or not new:  # dropped long ago, or known already
                del answers[order_id]
                continue
            lines += self._lines(running, new)
        written = await self._journal.write(lines)
        outrun = {line.order_id for line, stands in zip(lines, written, strict=True) if not stands}
        for line, stands in zip(lines, written, strict=True):
            if stands:
                running = found[line.order_id]
                running.answers += _unknown(running, [line.given])  # somebody beside us may have been as quick
                self._unsent.add(line.order_id)
        for order_id in outrun:
            found.pop(order_id)
        found |= await self._loaded(sorted(outrun))

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
                    await self._expire([order_id for _, order_id in due])
                except Unreachable:
                    for each in due:
                        heapq.heappush(self._deadlines, each)
                    break
            await asyncio.sleep(LOOK_S)

    def _due(self) -> list[tuple[int, str]]:
        """Orders in our hands past their deadline, each with it, off the list."""
        now_ms, due = time.time() * 1000, list[tuple[int, str]]()
        while self._deadlines and self._deadlines[0][0] <= now_ms and len(due) < self._batch_max:
            each = heapq.heappop(self._deadlines)
            if each[1] in self._running:
                due.append(each)
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


def _unknown(running: Running, given: Sequence[Given]) -> list[Given]:
    """What is not among the answers so far, each once: an answer may be heard twice, even in one batch."""
    known = {answer.operation for answer in running.answers}
    fresh = {answer.operation: answer for answer in given if answer.operation not in known}
    return list(fresh.values())


def _command(running: Running, step: Next) -> Command:
    request = Request(name_of(step.operation), running.order, step.reason, running.traceparent)
    return Command(service_of(step.operation), request)
