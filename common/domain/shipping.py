"""shipping: sends the parcel off, and calls it back."""

from __future__ import annotations

from common.domain.effect import Effect
from common.domain.events import OrderShipped, ShipmentRecalled, ShipmentRejected
from common.domain.model import Order

UNDELIVERABLE = "undeliverable"
"""Addresses that begin so cannot be reached by any carrier."""

PARCELS = "parcels"
"""The counter of parcels sent and not called back."""


def ship(order: Order, reason: str = "") -> Effect:
    """Send the parcel off. Refused when nobody can deliver to the address."""
    if order.address.startswith(UNDELIVERABLE):
        return Effect(rejected=ShipmentRejected(order, "undeliverable"), unless="recall")
    return Effect(give={PARCELS: 1}, accepted=OrderShipped(order), unless="recall")


def recall(order: Order, reason: str = "") -> Effect:
    """Call the parcel back, if it was sent; bar a late `ship` if it was not."""
    return Effect(
        undoes="ship",
        take={PARCELS: 1},
        accepted=ShipmentRecalled(order, reason, parcels=1),
        rejected=ShipmentRecalled(order, reason),
    )


OPERATIONS = (ship, recall)
