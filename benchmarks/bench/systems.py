"""What can be measured: an arm behind its door, an arm fed by its first commit, and the peers. All take a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from benchmarks.bench.batch import Batch, Load, Lost, measured
from benchmarks.bench.books import Books, expected, worth
from benchmarks.bench.orders import Orders
from benchmarks.bench.processes import Child
from common.domain import order
from common.domain.effect import name_of
from common.domain.model import Order
from common.store.commit import Store, Wish
from common.store.connect import Credentials, connect

BATCH = 64  # orders put in by one commit
LIMIT_S = 120.0  # for one batch; a batch that takes longer has lost something


class System(Protocol):
    """Something that orders can be sent through."""

    async def batch(self, count: int) -> Batch:
        """Send so many through and wait until all are closed. Raises Lost."""


Put = Callable[[Credentials, Sequence[Order]], Awaitable[None]]
"""How orders are put into a system past its door, at its server."""


async def placed(admin: Credentials, wanted: Sequence[Order]) -> None:
    """By their first commit."""
    redis = connect(admin)
    store = Store(redis, "order")
    for start in range(0, len(wanted), BATCH):
        await store.commit([placing(each) for each in wanted[start : start + BATCH]])
    await redis.aclose()


class Fed:
    """A system that the bench puts orders into as its door would, once they are checked: no door is measured.

    Redis' share of what the bench writes is counted on every side.
    """

    def __init__(self, admin: Credentials, pids: Mapping[str, int], orders: Orders, put: Put = placed) -> None:
        self._admin, self._pids, self._orders, self._put = admin, pids, orders, put
        self._books = Books(admin)

    async def batch(self, count: int) -> Batch:
        """See System."""
        return await measured(self.load(count), self._pids)

    def load(self, count: int) -> Load:
        """So many orders, about to be put in."""
        wanted = self._orders.orders(count)
        before = self._books.sums()
        inside = asyncio.Event()

        async def work() -> None:
            await self._put(self._admin, wanted)
            inside.set()
            await self._books.until_closed(before.closed + count, LIMIT_S)

        def balanced() -> bool:
            return self._books.sums().since(before) == expected([worth(each) for each in wanted])

        return Load(count, work, balanced, inside)


class Queued:
    """A queue of tasks, filled by a publisher that is not measured; the queue's Redis is."""

    def __init__(self, admin: Credentials, pids: Mapping[str, int], orders: Orders, publisher: Child) -> None:
        self._pids, self._orders, self._publisher = pids, orders, publisher
        self._books = Books(admin)

    async def batch(self, count: int) -> Batch:
        """See System."""
        wanted = self._orders.orders(count)
        before = self._books.sums()

        async def work() -> None:
            self._publisher.tell([asdict(each) for each in wanted])
            await asyncio.to_thread(self._publisher.hear, "sent", LIMIT_S)
            await self._books.until_closed(before.closed + count, LIMIT_S)

        def balanced() -> bool:
            return self._books.sums().since(before) == expected([worth(each) for each in wanted])

        return await measured(Load(count, work, balanced), self._pids)


def placing(each: Order) -> Wish:
    """The commit that opens an order."""
    return Wish(name_of(order.place), order.place(each), each.order_id, each.placed_ms)


def pids_of(status: Mapping[str, Any], arm: str) -> dict[str, int]:
    """Process name -> pid of an arm. Raises Lost when one is down."""
    pids = {process["name"]: process["pid"] for process in status["arms"][arm]["processes"]}
    down = [name for name, pid in pids.items() if not pid]
    if down:
        raise Lost(f"{', '.join(down)} of {arm} is down")
    return pids
