"""The loop that acts: takes orders in, keeps the lease, and sees that every order in its hands is under way.

How an order is moved on is a `Way`: by asking (a coroutine waits for each answer), by commanding (answers are heard
later, by any replica), or by a queue of jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Protocol

from common.admission import OpenOrders
from common.domain.model import Order
from common.door import Conflict
from common.messages import Malformed, Undecided, Unreachable
from common.settings import Settings
from common.store.dead_letters import Letter
from orchestration.journal import Journal, Opening, Running


class Way(Protocol):
    """Moves orders on, from the answers so far to their end. Taking one twice does no harm."""

    def take(self, running: Iterable[Running]) -> None:
        """Go on with these. Returns at once."""

    def under_way(self) -> Collection[str]:
        """Orders that need no look."""

    def let_go(self, order_ids: Iterable[str]) -> None:
        """These are in our hands no more."""

    def again(self, order_id: str) -> bool:
        """Try a step that was given up again, now; False when none of this order was, here."""


class Orchestrator:
    """One replica. It is also what stands behind the door."""

    def __init__(self, journal: Journal, way: Way, settings: Settings) -> None:
        self._journal = journal
        self._way = way
        self._look_s = settings.lease_s / 3
        self.open_orders = OpenOrders(journal.open_count, settings.open_max)  # in anybody's hands
        self.ready = False

    async def accept(self, order: Order, digest: str, traceparent: str) -> None:
        """Open the order's journal, and go on from there. Raises Conflict, Unreachable."""
        opening = Opening(order, digest, traceparent)
        first = await self._journal.open(opening)
        if first.digest != digest:
            raise Conflict(order.order_id)
        if first is opening:
            self._way.take([Running(opening)])

    async def accepted(self, order_id: str) -> Order | None:
        """The order of a journal that is there, placed already or not."""
        found = await self._journal.load([order_id])
        return found[0].order if found else None

    async def replay(self, letter: Letter) -> None:
        """Take up again what was set aside in the journal; should it fail again, there will be another letter.

        Raises Unreachable; Malformed when the order has gone on without it, or this is another sort of letter.
        """
        if not letter.stream.startswith("operation "):
            raise Malformed(f"nobody here can do this again: it was {letter.reason[:200]!r}")
        order_id = letter.entry_id.decode("ascii", "replace")
        await self._journal.forget_attempts(order_id)
        if not await self._journal.unpark(order_id) and not self._way.again(order_id):
            raise Malformed("the order has gone on without it: drop the letter")

    async def droppable(self, letter: Letter) -> None:
        """Raises Undecided while an order waits for what the letter is about: without it nobody would know."""
        if letter.entry_id.decode("ascii", "replace") in await self._journal.parked():
            raise Undecided("its order is open and waits for it: replay it instead")

    async def look_after(self) -> None:
        """Keep the lease, take over what dead replicas left, and see that every order in our hands is under way.

        Orders are in our hands and not under way after a restart, and whenever the server did what it was asked and
        its answer was lost. So this looks again and again, and not once.
        """
        while True:
            with suppress(Unreachable):
                await self._journal.adopt()
                under_way = set(self._way.under_way())
                mine = set(await self._journal.mine())
                self._way.let_go(under_way - mine)
                idle = mine.difference(self._way.under_way(), await self._journal.parked())
                self._way.take(await self._journal.load(sorted(idle)))
                self.ready = True
            await asyncio.sleep(self._look_s)
