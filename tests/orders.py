"""Orders for tests: one of each kind."""

from __future__ import annotations

import itertools
import time

from common.domain.effect import Operation, name_of
from common.domain.model import Order, OrderLine
from common.store.commit import Wish

_numbers = itertools.count(1)


def an_order(
    *,
    quantity: int = 2,
    sku: str = "sku-0001",
    customer: str = "alice",
    address: str = "Street 1",
    late_s: float = 10.0,
) -> Order:
    """A new order of one line, with a deadline `late_s` from now."""
    now_ms = int(time.time() * 1000)
    order_id = f"{next(_numbers):032x}"
    lines = (OrderLine(sku, quantity, 250),)
    return Order(order_id, customer, lines, address, now_ms, now_ms + int(late_s * 1000))


def wish(operation: Operation, order: Order, reason: str = "") -> Wish:
    """What an operation asks of its store."""
    return Wish(name_of(operation), operation(order, reason), order.order_id, order.placed_ms)
