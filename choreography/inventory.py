"""inventory hears of a new order, and sets its items aside; it puts them back when the order cannot be paid or is
undone."""

from common.domain import inventory
from common.domain.events import OrderPlaced, PaymentDeclined, PaymentRefunded

REACTIONS = {
    OrderPlaced: inventory.reserve,
    PaymentDeclined: inventory.release,
    PaymentRefunded: inventory.release,
}
