"""Which events settle stock and money, and which close an order: an order's clocks stop at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from common.domain.events import Event, InventoryReleased, OrderCancelled, OrderCompleted, OrderPayed, OutOfStock

Clock = Literal["decided", "closed"]
Outcome = Literal["completed", "cancelled"]


STOPS: Mapping[type[Event], tuple[Clock, Outcome]] = {
    OrderCompleted: ("closed", "completed"),
    OrderCancelled: ("closed", "cancelled"),
    OrderPayed: ("decided", "completed"),
    OutOfStock: ("decided", "cancelled"),
    InventoryReleased: ("decided", "cancelled"),
}
"""Event -> the clock that stops at it, and how the order stands then."""


def milestone(event: Event) -> tuple[Clock, Outcome] | None:
    """The clock that stops at this event, and how the order stands then; None for any other event.

    Undoing ends at the stock, so what is given back there is the last that changes. An order that is paid and given up
    later passes two milestones: which was its last, only its whole log tells.
    """
    if isinstance(event, InventoryReleased) and not event.quantity:
        return None
    return STOPS.get(type(event))
