"""order: keeps each order's record, and closes it. `complete` and `expire` exclude each other in its commit."""

from __future__ import annotations

from common.domain.effect import Effect
from common.domain.events import OrderCancelled, OrderCompleted, OrderExpired, OrderPlaced
from common.domain.model import Order

OPEN, EXPIRED, COMPLETED, CANCELLED = "open", "expired", "completed", "cancelled"
DEADLINES, CLOSED, PLACED = "deadlines", "closed", "placed"


def place(order: Order, reason: str = "") -> Effect:
    """Open the order's record, with its deadline. Barred once the order has expired."""
    return Effect(
        put={"status": OPEN},
        enlist={DEADLINES: order.deadline_ms, PLACED: order.placed_ms},
        accepted=OrderPlaced(order),
        unless="expire",
    )


def complete(order: Order, reason: str = "") -> Effect:
    """Close the order as fulfilled. Refused when it has expired, or its deadline has passed: then it will expire."""
    return Effect(
        expect={"status": (OPEN,)},
        before_ms=order.deadline_ms,
        put={"status": COMPLETED},
        delist=(DEADLINES,),
        enlist={CLOSED: 0},
        accepted=OrderCompleted(order),
    )


def expire(order: Order, reason: str = "deadline") -> Effect:
    """Give the order up: from now on it can only be undone. Refused when it is closed already."""
    return Effect(
        expect={"status": (OPEN, "")},
        put={"status": EXPIRED, "reason": reason},
        delist=(DEADLINES,),
        enlist={PLACED: order.placed_ms},
        accepted=OrderExpired(order, reason),
    )


def cancel(order: Order, reason: str = "") -> Effect:
    """Close the order as given up, with the reason."""
    return Effect(
        expect={"status": (OPEN, EXPIRED)},
        put={"status": CANCELLED, "reason": reason},
        delist=(DEADLINES,),
        enlist={CLOSED: 0},
        accepted=OrderCancelled(order, reason),
    )


OPERATIONS = (place, complete, expire, cancel)
