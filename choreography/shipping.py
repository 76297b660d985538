"""shipping hears that the order is paid, and sends the parcel; it calls it back when the order has expired."""

from common.domain import shipping
from common.domain.events import OrderExpired, OrderPayed

REACTIONS = {
    OrderPayed: shipping.ship,
    OrderExpired: shipping.recall,
}
