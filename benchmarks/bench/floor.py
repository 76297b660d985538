"""The floor: the same commits in full batches, and nobody's CPU counted but the server's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.bench.batch import Batch, Load, measured
from benchmarks.bench.books import Books, expected, worth
from benchmarks.bench.flow import FLOW
from benchmarks.bench.orders import Orders
from benchmarks.bench.processes import Server, redis_server
from benchmarks.bench.systems import BATCH
from common.domain.effect import name_of, service_of
from common.domain.model import Order
from common.settings import Settings
from common.store.commit import Store, Wish
from common.store.connect import connect


class Floor:
    """A server that is told all six commits of every order, 64 at a time."""

    def __init__(self, server: Server, orders: Orders) -> None:
        self._server, self._orders = server, orders
        self._books = Books(server.admin)

    async def batch(self, count: int) -> Batch:
        """See System."""
        wanted = self._orders.orders(count)
        before = self._books.sums()

        def balanced() -> bool:
            return self._books.sums().since(before) == expected([worth(each) for each in wanted])

        return await measured(Load(count, lambda: self._commit(wanted), balanced), {"redis": self._server.pid})

    async def _commit(self, wanted: Sequence[Order]) -> None:
        redis = connect(self._server.admin)
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            for operation in FLOW:
                wishes = [
                    Wish(name_of(operation), operation(each, ""), each.order_id, each.placed_ms) for each in batch
                ]
                await Store(redis, service_of(operation)).commit(wishes)
        await redis.aclose()


@contextmanager
def redis_floor(orders: Orders, seed: int) -> Iterator[Floor]:
    """The floor on a server of its own."""
    with redis_server("floor", seed, Settings().skus) as server:
        yield Floor(server, orders)
