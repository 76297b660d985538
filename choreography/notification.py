"""notification hears how the order goes, and tells the customer."""

from common.domain import notification
from common.domain.events import InventoryReleased, OrderShipped, OutOfStock

REACTIONS = {
    OrderShipped: notification.confirm,
    OutOfStock: notification.apologise,
    InventoryReleased: notification.apologise,
}
