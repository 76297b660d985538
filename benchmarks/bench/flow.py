"""The six commits of an order that is served, in the order in which every arm and every peer makes them."""

from __future__ import annotations

from common.domain import inventory, notification, order, payment, shipping
from common.domain.effect import name_of, service_of

FLOW = (order.place, inventory.reserve, payment.charge, shipping.ship, notification.confirm, order.complete)
NAMES = tuple(f"{service_of(operation)}.{name_of(operation)}" for operation in FLOW)
"""`payment.charge`: what the peers call their tasks."""
