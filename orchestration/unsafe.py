"""Orchestration with a defect, for the checkers to catch: see common.unsafe. How it must be is in
`journal`, `asking` and `commanding`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from common.domain.effect import name_of
from common.domain.events import OrderExpired
from common.messages import Answer, Request
from common.store.connect import asking
from common.unsafe import Unsafe
from orchestration.asking import Asking
from orchestration.commanding import Commanding, Heard
from orchestration.engine import DEADLINE, Given
from orchestration.journal import WHOM, Item, Journal, Running, key, running_of


def journal_of(unsafe: str) -> type[Journal]:
    """How orders are remembered. Raises ValueError for an unknown switch, as all of these."""
    on = Unsafe.of(unsafe)
    if "no-journal" in on:
        return ForgetfulJournal
    return BlindJournal if "no-fencing" in on else Journal


def asking_of(unsafe: str) -> type[Asking]:
    """How orders are moved on by asking."""
    return HastyAsking if "deadline-without-expire" in Unsafe.of(unsafe) else Asking


def commanding_of(unsafe: str) -> type[Commanding]:
    """How orders are moved on by commands."""
    return HastyCommanding if "deadline-without-expire" in Unsafe.of(unsafe) else Commanding


class HastyAsking(Asking):
    """Presumes at the deadline that the order has expired, and does not ask the order service."""

    async def _asked(self, service: str, request: Request) -> Answer:
        if request.operation == name_of(self._saga.at_deadline):
            return Answer(request.operation, True, OrderExpired(request.order, DEADLINE), True)
        return await super()._asked(service, request)


class HastyCommanding(Commanding):
    """As HastyAsking."""

    async def _go_on(self, orders: Sequence[Running]) -> None:
        late = {each.order.order_id for each in orders if self._is_late(each)}
        await super()._go_on([each for each in orders if each.order.order_id not in late])
        if late:
            expired = Given(name_of(self._saga.at_deadline), True, DEADLINE)
            await self.together([Heard(order_id, expired) for order_id in late])

    def _is_late(self, running: Running) -> bool:
        step = self._next(running)
        return step is not None and step.operation is self._saga.at_deadline


class BlindJournal(Journal):
    """Appends at the end, wherever that is by now: whoever was away goes on as if nobody else had."""

    async def _write(self, items: Sequence[Item]) -> list[str]:
        ends = await self._ends(items)
        appended = Counter[str]()
        blind = []
        for item in items:
            if item.what == "append":
                item = replace(item, position=ends[item.order_id] + appended[item.order_id])
                appended[item.order_id] += 1
            blind.append(item)
        return await super()._write(blind)

    async def _ends(self, items: Sequence[Item]) -> dict[str, int]:
        with asking(WHOM):
            order_ids = list({item.order_id for item in items})
            pipeline = self._redis.pipeline(transaction=False)
            for order_id in order_ids:
                pipeline.llen(key(order_id))
            return dict(zip(order_ids, await pipeline.execute(), strict=True))


class ForgetfulJournal(Journal):
    """Remembers in memory: what a process had in hand is gone with it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._texts: dict[str, list[str]] = defaultdict(list)
        self._open: set[str] = set()

    async def _write(self, items: Sequence[Item]) -> list[str]:
        self._reach("journal.before", (item.about for item in items))
        stands = [self._stands(item) for item in items]
        self._reach("journal.after", (item.about for item in items))
        return stands

    def _stands(self, item: Item) -> str:
        texts = self._texts[item.order_id]
        if len(texts) == item.position:
            texts.append(item.text)
            self._open.add(item.order_id)
        if item.closes:
            self._open.discard(item.order_id)
        return texts[item.position] if item.position < len(texts) else ""

    async def open_count(self) -> int:
        """See Journal."""
        return len(self._open)

    async def mine(self) -> list[str]:
        """See Journal."""
        return list(self._open)

    async def adopt(self, most: int = 0) -> list[str]:
        """Nobody else knows anything that could be taken over."""
        return []

    async def load(self, order_ids: Sequence[str]) -> list[Running]:
        """See Journal."""
        known = [self._texts[order_id] for order_id in order_ids if order_id in self._texts]
        return [running_of([text.encode() for text in texts]) for texts in known if texts]
