"""Whether the books balance after a batch: each order closed, its stock, money, parcel and message counted, once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bench.batch import Lost
from common.store import keys
from common.store.connect import Credentials
from common.store.embedded import connect_once

LOOK_EVERY_S = 0.01
CLOSED = keys.listing("order", "closed")


@dataclass(frozen=True, slots=True)
class Sums:
    """What a server has counted since it was made: orders closed, units and cents taken, parcels, confirmations."""

    closed: int
    units: int
    cents: int
    parcels: int
    confirmations: int

    def since(self, before: Sums) -> tuple[int, ...]:
        """The differences, in the order of the fields."""
        return (
            self.closed - before.closed,
            before.units - self.units,
            self.cents - before.cents,
            self.parcels - before.parcels,
            self.confirmations - before.confirmations,
        )


class Books:
    """Reads one arm's server as its administrator."""

    def __init__(self, admin: Credentials) -> None:
        self._redis: Any = connect_once(admin)

    def sums(self) -> Sums:
        """What is counted now."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zcard(CLOSED)
        pipe.hvals(keys.counters("inventory"))
        for service, name in (("payment", "till"), ("shipping", "parcels"), ("notification", "confirmations")):
            pipe.hget(keys.counters(service), name)
        closed, stock, cents, parcels, told = pipe.execute()
        return Sums(closed, sum(map(int, stock)), int(cents or 0), int(parcels or 0), int(told or 0))

    async def until_closed(self, count: int, limit_s: float) -> None:
        """Return when so many orders are closed in all. Raises Lost after the limit."""
        give_up = time.monotonic() + limit_s
        while (closed := self._redis.zcard(CLOSED)) < count:
            if time.monotonic() > give_up:
                raise Lost(f"{count - closed} orders of a batch were still open after {limit_s:.0f} s")
            await asyncio.sleep(LOOK_EVERY_S)


def expected(orders: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """What a batch of (units, cents) must have changed."""
    count = len(orders)
    return count, sum(units for units, _ in orders), sum(cents for _, cents in orders), count, count
