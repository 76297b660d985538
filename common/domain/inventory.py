"""inventory: sets the order's items aside, and puts them back."""

from __future__ import annotations

from common.domain.effect import Effect
from common.domain.events import InventoryReleased, InventoryUpdated, OutOfStock
from common.domain.model import Order


def stock(sku: str) -> str:
    """The counter of an item's units on hand."""
    return f"stock:{sku}"


def reserve(order: Order, reason: str = "") -> Effect:
    """Set the order's items aside. Refused when any of them is short."""
    return Effect(
        take={stock(line.sku): line.quantity for line in order.lines},
        accepted=InventoryUpdated(order),
        rejected=OutOfStock(order, "out_of_stock"),
        unless="release",
    )


def release(order: Order, reason: str = "") -> Effect:
    """Put the order's items back, if they were set aside; bar a late `reserve` if they were not."""
    return Effect(
        undoes="reserve",
        give={stock(line.sku): line.quantity for line in order.lines},
        accepted=InventoryReleased(order, reason, quantity=sum(line.quantity for line in order.lines)),
        rejected=InventoryReleased(order, reason),
    )


OPERATIONS = (reserve, release)
