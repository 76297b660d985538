"""payment: takes the order's price, and gives it back."""

from __future__ import annotations

from common.domain.effect import Effect
from common.domain.events import OrderPayed, PaymentDeclined, PaymentRefunded
from common.domain.model import Order

DECLINED = "declined-"
"""Customer ids that begin so have a card that is always declined, like the test cards of payment providers."""

TILL = "till"
"""The counter of the money taken, in cents."""


def charge(order: Order, reason: str = "") -> Effect:
    """Take the order's price. Refused when the customer's card is declined."""
    if order.customer_id.startswith(DECLINED):
        return Effect(rejected=PaymentDeclined(order, "payment_declined"), unless="refund")
    return Effect(give={TILL: order.amount_cents}, accepted=OrderPayed(order), unless="refund")


def refund(order: Order, reason: str = "") -> Effect:
    """Give the price back, if it was taken; bar a late `charge` if it was not."""
    return Effect(
        undoes="charge",
        take={TILL: order.amount_cents},
        accepted=PaymentRefunded(order, reason, amount_cents=order.amount_cents),
        rejected=PaymentRefunded(order, reason),
    )


OPERATIONS = (charge, refund)
