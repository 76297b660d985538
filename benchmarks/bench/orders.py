"""The orders of a batch: from the seed, alike for all systems, and unless said otherwise of the kind that is completed.

Refusals are left out of comparisons: peers would need compensations of their own making, and the comparison would be
of those. Where an arm is alone with the checkers, they belong in.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections import Counter
from collections.abc import Collection
from typing import Any

from benchmarks.bench.books import Worth, worth
from benchmarks.workload import SCENARIOS, Outcome, Workload
from common.domain.catalogue import catalogue
from common.domain.model import Order, OrderLine

SERVED: tuple[Outcome, ...] = ("completed",)
SOUND: tuple[Outcome, ...] = ("completed", "payment_declined", "out_of_stock", "undeliverable")
POOL = 4_000  # orders drawn beforehand: their bodies repeat after that, their ids never
DEADLINE_MS = 600_000  # nothing expires while a batch of ten thousand waits for its turn


class Orders:
    """An endless row of orders; every one of them has an id of its own, so that no server sees one twice.

    `drawn` counts them by the outcome that they must have.
    """

    def __init__(self, seed: int, skus: int, outcomes: Collection[Outcome] = SERVED) -> None:
        self.drawn: Counter[Outcome] = Counter()
        stock = catalogue(seed, skus)
        workload = Workload(seed, SCENARIOS["steady"], stock)
        self._prices = stock.prices
        wishes = [wish for wish in map(workload.order, range(POOL)) if wish.expected in outcomes]
        self._wishes = itertools.cycle([(wish.expected, wish.body, json.loads(wish.body)) for wish in wishes])

    def posted(self, count: int) -> tuple[list[bytes], list[Worth]]:
        """Bodies as a customer posts them, and what each must change."""
        drawn = [self._draw() for _ in range(count)]
        return [raw for raw, _ in drawn], [worth(self._order(body, 0)) for _, body in drawn]

    def orders(self, count: int) -> list[Order]:
        """As the door makes them of the same bodies."""
        now_ms = int(time.time() * 1000)
        return [self._order(self._draw()[1], now_ms) for _ in range(count)]

    def _draw(self) -> tuple[bytes, dict[str, Any]]:
        outcome, raw, body = next(self._wishes)
        self.drawn[outcome] += 1
        return raw, body

    def _order(self, body: dict[str, Any], now_ms: int) -> Order:
        return Order(
            order_id=uuid.uuid4().hex,
            customer_id=body["customer_id"],
            lines=tuple(OrderLine(x["sku"], x["quantity"], self._prices[x["sku"]]) for x in body["lines"]),
            address=body["address"],
            placed_ms=now_ms,
            deadline_ms=now_ms + DEADLINE_MS,
        )
