"""The kinds of orders, and which one brings an operation to a crash point. What an order of a kind goes through is the
one table here; who hears and who posts what is read off the arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.domain.payment import DECLINED
from common.domain.shipping import UNDELIVERABLE
from compose.arm import Arm
from compose.arms import REACTIONS
from compose.crashes import CrashPoint

BODY: Mapping[str, Any] = {
    "customer_id": "crash",
    "lines": [{"sku": "sku-0001", "quantity": 2}, {"sku": "sku-0002", "quantity": 1}],
    "address": "Street 1",
}
CLOSE_WITHIN_S = 0.5  # by then an order is shipped, unless the machine is very busy
SLOW_S = 0.7  # longer than that: an order that is to expire is shipped, and not completed, when its deadline comes
SLOW_OPERATION, SLOW_SERVICE = "confirm", "notification"

GIVEN_UP = {"apologise": "CustomerApologised", "cancel": "OrderCancelled"}
PLACED = {"place": "OrderPlaced"}
PAID = PLACED | {"reserve": "InventoryUpdated", "charge": "OrderPayed"}
RELEASED = {"release": "InventoryReleased"} | GIVEN_UP
REFUNDED = {"refund": "PaymentRefunded"} | RELEASED
EXPIRED = {"expire": "OrderExpired", "recall": "ShipmentRecalled"} | REFUNDED
BACK, SURELY = tuple(EXPIRED.values()), (EXPIRED["expire"], *GIVEN_UP.values())
FORWARD = {*PAID.values(), "OrderShipped", "CustomerNotified"}


@dataclass(frozen=True, slots=True)
class Kind:
    """`steps` are its operations in order, each with the event that it announces; `reason` why it is cancelled.

    Of an order that `expires` nobody knows how far it had come: what its deadline found done is undone, and no more.
    """

    name: str
    steps: Mapping[str, str]
    reason: str | None = None
    changes: Mapping[str, Any] | None = None
    expires: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """What the customer asks for."""
        return {**BODY, **(self.changes or {})}

    def prefer(self, patience: float = 1.0) -> dict[str, str]:
        """The header with which it is asked, and so many times the usual patience."""
        return {"Prefer": f"close-within={CLOSE_WITHIN_S * patience:g}"} if self.expires else {}

    @property
    def expected(self) -> str:
        """What the business would say to it, given the time."""
        return "completed" if self.expires else self.reason or "completed"

    @property
    def status(self) -> str:
        """How it ends."""
        return "cancelled" if self.reason else "completed"

    def fits(self, told: list[str]) -> bool:
        """Whether an order of this kind may have announced this, oldest first: each once, and in this order."""
        if not self.expires:
            return told == list(self.steps.values())
        back = [event for event in told if event in BACK]
        undone = [event for event in BACK if event in told]
        forward = [event for event in told if event not in BACK]
        return back == undone and set(SURELY) <= set(told) and set(forward) <= FORWARD and len(set(told)) == len(told)


KINDS = (
    Kind(
        "plain",
        PAID | {"ship": "OrderShipped", "confirm": "CustomerNotified", "complete": "OrderCompleted"},
    ),
    Kind(
        "sold out",
        PLACED | {"reserve": "OutOfStock"} | GIVEN_UP,
        "out_of_stock",
        {"lines": [{"sku": "sku-0001", "quantity": 1}, {"sku": "sold-out-01", "quantity": 1}]},
    ),
    Kind(
        "declined",
        PAID | {"charge": "PaymentDeclined"} | RELEASED,
        "payment_declined",
        {"customer_id": f"{DECLINED}crash"},
    ),
    Kind(
        "undeliverable",
        PAID | {"ship": "ShipmentRejected"} | REFUNDED,
        "undeliverable",
        {"address": f"{UNDELIVERABLE}: the moon"},
    ),
    Kind(
        "expiring",
        PAID | {"ship": "OrderShipped"} | EXPIRED,
        "deadline",
        expires=True,
    ),
)
OPERATIONS = frozenset(operation for kind in KINDS for operation in kind.steps)


def kinds_for(arm: Arm, point: CrashPoint) -> list[Kind]:
    """The kinds of orders that come by, plainest first; none when the enumeration is wrong.

    An order expires because `confirm` is held up by whoever does it: that one cannot be killed as well.
    """
    spoiler = point.process.startswith(SLOW_SERVICE)
    return [kind for kind in KINDS if _brings(kind, arm, point) and not (kind.expires and spoiler)]


def _brings(kind: Kind, arm: Arm, point: CrashPoint) -> bool:
    if point.operation not in OPERATIONS:  # the order itself, or its job
        return True
    if point.operation not in kind.steps:
        return False
    event, service = kind.steps[point.operation], point.process.rpartition("-")[0]
    at = point.point.partition(".")[0]
    if arm.pattern != "choreography" or at == "commit":
        return True
    role = next(role for role in arm.roles if role.service == service)
    if role.posts and at in ("publish", "ack"):
        return event in {posted for posted, _ in role.posts}
    return event in {heard.__name__ for heard in REACTIONS[service]}
