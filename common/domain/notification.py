"""notification: tells the customer how the order went."""

from __future__ import annotations

from common.domain.effect import Effect
from common.domain.events import CustomerApologised, CustomerNotified
from common.domain.model import Order

CONFIRMATIONS, APOLOGIES = "confirmations", "apologies"


def confirm(order: Order, reason: str = "") -> Effect:
    """Tell the customer that the parcel is on its way. An apology may follow, but never the other way round."""
    return Effect(give={CONFIRMATIONS: 1}, accepted=CustomerNotified(order), unless="apologise")


def apologise(order: Order, reason: str = "") -> Effect:
    """Tell the customer that the order is given up, and why."""
    return Effect(give={APOLOGIES: 1}, accepted=CustomerApologised(order, reason))


OPERATIONS = (confirm, apologise)
