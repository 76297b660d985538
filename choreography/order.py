"""order hears how the customer was told, and closes the order.

Its clock gives up what is still open at the deadline.
"""

from common.domain import order
from common.domain.events import CustomerApologised, CustomerNotified

REACTIONS = {
    CustomerNotified: order.complete,
    CustomerApologised: order.cancel,
}
