"""The orders of a batch: from the seed, alike for all systems, and all of the kind that is completed.

Refusals are left out: peers would need compensations of their own making, and the comparison would be of those.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from typing import Any

from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import catalogue
from common.domain.model import Order, OrderLine

POOL = 4_000  # orders drawn beforehand: their bodies repeat after that, their ids never
DEADLINE_MS = 600_000  # nothing expires while a batch of ten thousand waits for its turn


class Orders:
    """An endless row of orders; every one of them has an id of its own, so that no server sees one twice."""

    def __init__(self, seed: int, skus: int) -> None:
        stock = catalogue(seed, skus)
        workload = Workload(seed, SCENARIOS["steady"], stock)
        self._prices = stock.prices
        wishes = [wish for wish in map(workload.order, range(POOL)) if wish.expected == "completed"]
        self._next = itertools.cycle([(wish.body, json.loads(wish.body)) for wish in wishes])

    def posted(self, count: int) -> tuple[list[bytes], list[tuple[int, int]]]:
        """Bodies as a customer posts them, and (units, cents) of each."""
        drawn = [next(self._next) for _ in range(count)]
        return [raw for raw, _ in drawn], [self._worth(body) for _, body in drawn]

    def orders(self, count: int) -> list[Order]:
        """As the door makes them of the same bodies."""
        now_ms = int(time.time() * 1000)
        return [self._order(next(self._next)[1], now_ms) for _ in range(count)]

    def _order(self, body: dict[str, Any], now_ms: int) -> Order:
        return Order(
            order_id=uuid.uuid4().hex,
            customer_id=body["customer_id"],
            lines=tuple(OrderLine(x["sku"], x["quantity"], self._prices[x["sku"]]) for x in body["lines"]),
            address=body["address"],
            placed_ms=now_ms,
            deadline_ms=now_ms + DEADLINE_MS,
        )

    def _worth(self, body: dict[str, Any]) -> tuple[int, int]:
        lines = body["lines"]
        return sum(x["quantity"] for x in lines), sum(x["quantity"] * self._prices[x["sku"]] for x in lines)
