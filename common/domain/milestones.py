"""Which events settle stock and money, and which close an order: an order's clocks stop at them."""

from __future__ import annotations

from typing import Literal

from common.domain.events import Event, InventoryReleased, OrderCancelled, OrderCompleted, OrderPayed, OutOfStock

Clock = Literal["decided", "closed"]
Outcome = Literal["completed", "cancelled"]


def milestone(event: Event) -> tuple[Clock, Outcome] | None:
    """The clock that stops at this event, and how the order stands then; None for any other event.

    Undoing ends at the stock, so what is given back there is the last that changes. An order that is paid and given up
    later passes two milestones: which was its last, only its whole log tells.
    """
    match event:
        case OrderCompleted():
            return "closed", "completed"
        case OrderCancelled():
            return "closed", "cancelled"
        case OrderPayed():
            return "decided", "completed"
        case OutOfStock():
            return "decided", "cancelled"
        case InventoryReleased(quantity=quantity) if quantity > 0:
            return "decided", "cancelled"
        case _:
            return None
