"""What is true now, in the past tense. Four names are the article's own, spelled as it spells them.

Each class names the service that announces it (`source`), and on which of its operations (`by`). A refusal is an event
like any other: the business said no. An undone event says how much was given back: nothing, when nothing was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.domain.model import Order


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order. `reason` says why it is being given up; it is empty on the way forward."""

    source: ClassVar[str] = ""
    by: ClassVar[str] = ""
    order: Order
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal(Event):
    """The business said no: what is announced when a step forward is not taken."""


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    source: ClassVar[str] = "order"
    by: ClassVar[str] = "place"


@dataclass(frozen=True, slots=True)
class OrderCompleted(Event):
    source: ClassVar[str] = "order"
    by: ClassVar[str] = "complete"


@dataclass(frozen=True, slots=True)
class OrderExpired(Event):
    source: ClassVar[str] = "order"
    by: ClassVar[str] = "expire"


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    source: ClassVar[str] = "order"
    by: ClassVar[str] = "cancel"


@dataclass(frozen=True, slots=True)
class InventoryUpdated(Event):
    source: ClassVar[str] = "inventory"
    by: ClassVar[str] = "reserve"


@dataclass(frozen=True, slots=True)
class OutOfStock(Refusal):
    source: ClassVar[str] = "inventory"
    by: ClassVar[str] = "reserve"


@dataclass(frozen=True, slots=True)
class InventoryReleased(Event):
    source: ClassVar[str] = "inventory"
    by: ClassVar[str] = "release"
    quantity: int = 0


@dataclass(frozen=True, slots=True)
class OrderPayed(Event):
    source: ClassVar[str] = "payment"
    by: ClassVar[str] = "charge"


@dataclass(frozen=True, slots=True)
class PaymentDeclined(Refusal):
    source: ClassVar[str] = "payment"
    by: ClassVar[str] = "charge"


@dataclass(frozen=True, slots=True)
class PaymentRefunded(Event):
    source: ClassVar[str] = "payment"
    by: ClassVar[str] = "refund"
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class OrderShipped(Event):
    source: ClassVar[str] = "shipping"
    by: ClassVar[str] = "ship"


@dataclass(frozen=True, slots=True)
class ShipmentRejected(Refusal):
    source: ClassVar[str] = "shipping"
    by: ClassVar[str] = "ship"


@dataclass(frozen=True, slots=True)
class ShipmentRecalled(Event):
    source: ClassVar[str] = "shipping"
    by: ClassVar[str] = "recall"
    parcels: int = 0


@dataclass(frozen=True, slots=True)
class CustomerNotified(Event):
    source: ClassVar[str] = "notification"
    by: ClassVar[str] = "confirm"


@dataclass(frozen=True, slots=True)
class CustomerApologised(Event):
    source: ClassVar[str] = "notification"
    by: ClassVar[str] = "apologise"


EVENTS: tuple[type[Event], ...] = (
    OrderPlaced,
    OrderCompleted,
    OrderExpired,
    OrderCancelled,
    InventoryUpdated,
    OutOfStock,
    InventoryReleased,
    OrderPayed,
    PaymentDeclined,
    PaymentRefunded,
    OrderShipped,
    ShipmentRejected,
    ShipmentRecalled,
    CustomerNotified,
    CustomerApologised,
)
