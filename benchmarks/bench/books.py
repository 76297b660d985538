"""Whether the books balance after a batch: each order closed, its stock, money, parcel and message counted, once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks.bench.batch import Lost
from common.domain.catalogue import SOLD_OUT
from common.domain.model import Order
from common.domain.payment import DECLINED
from common.domain.shipping import UNDELIVERABLE
from common.messages import Unreachable
from common.store import keys
from common.store.connect import Credentials, asking
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

    def closed(self) -> int:
        """Orders closed in all. Raises Unreachable."""
        with asking("the books"):
            return int(self._redis.zcard(CLOSED))

    def closed_since(self, moment_ms: float) -> int:
        """Orders closed after this moment of the server's clock (epoch ms). Raises Unreachable."""
        with asking("the books"):
            return int(self._redis.zcount(CLOSED, f"({moment_ms}", "+inf"))

    async def until_closed(self, count: int, limit_s: float) -> None:
        """Return when so many orders are closed in all; the server may be killed meanwhile. Raises Lost after the
        limit.
        """
        closed, give_up = 0, time.monotonic() + limit_s
        while closed < count:
            if time.monotonic() > give_up:
                raise Lost(f"{count - closed} orders of a batch were still open after {limit_s:.0f} s")
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(Unreachable):
                closed = self.closed()


class Worth(NamedTuple):
    """What an order must have changed when it is closed: nothing, when it is one that must be refused."""

    units: int
    cents: int
    served: int


def worth(order: Order) -> Worth:
    """By what the order itself says, as a card or an address in a payment provider's test would."""
    refused = order.customer_id.startswith(DECLINED) or order.address.startswith(UNDELIVERABLE)
    if refused or any(line.sku.startswith(SOLD_OUT) for line in order.lines):
        return Worth(0, 0, 0)
    return Worth(sum(line.quantity for line in order.lines), order.amount_cents, 1)


def expected(orders: Sequence[Worth]) -> tuple[int, ...]:
    """What a batch must have changed, in the order of the fields of Sums."""
    units, cents, served = (sum(column) for column in zip(*orders, strict=True))
    return len(orders), units, cents, served, served
