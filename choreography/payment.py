"""payment hears that stock is set aside, and takes the money; it gives it back when the order cannot be served."""

from common.domain import payment
from common.domain.events import InventoryUpdated, ShipmentRecalled, ShipmentRejected

REACTIONS = {
    InventoryUpdated: payment.charge,
    ShipmentRejected: payment.refund,
    ShipmentRecalled: payment.refund,
}
