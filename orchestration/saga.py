"""The whole flow of an order on one page: steps in order, what undoes each, and what is left to say when all is
undone."""

from common.domain import inventory, notification, order, payment, shipping
from orchestration.engine import Saga, Step

ORDER_SAGA = Saga(
    Step(order.place),
    Step(inventory.reserve, undo=inventory.release),
    Step(payment.charge, undo=payment.refund),
    Step(shipping.ship, undo=shipping.recall),
    Step(notification.confirm),
    Step(order.complete),
    at_deadline=order.expire,
    when_undone=(notification.apologise, order.cancel),
)
