"""The rows of a run (events, state, orders), folded into one story per order.

Here lives what a checker needs to know of the record formats. Nothing of the lab is imported: whoever
checks a lab with the lab's own code checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

DECIDED_BY: Mapping[str, tuple[str, str]] = {
    "OrderPlaced": ("order", "place"),
    "InventoryUpdated": ("inventory", "reserve"),
    "OutOfStock": ("inventory", "reserve"),
    "OrderPayed": ("payment", "charge"),
    "PaymentDeclined": ("payment", "charge"),
    "OrderShipped": ("shipping", "ship"),
    "ShipmentRejected": ("shipping", "ship"),
    "CustomerNotified": ("notification", "confirm"),
    "OrderCompleted": ("order", "complete"),
    "OrderExpired": ("order", "expire"),
    "ShipmentRecalled": ("shipping", "recall"),
    "PaymentRefunded": ("payment", "refund"),
    "InventoryReleased": ("inventory", "release"),
    "CustomerApologised": ("notification", "apologise"),
    "OrderCancelled": ("order", "cancel"),
}
"""Event type -> (service that announces it, operation it answers), in the order of an order's life."""

RANK = {kind: rank for rank, kind in enumerate(DECIDED_BY)}
GIVEN_BACK = {
    "ShipmentRecalled": "parcels",
    "PaymentRefunded": "amount_cents",
    "InventoryReleased": "quantity",
}
"""Undone event -> the field of its data that says how much was given back. Newest first."""

REFUSALS: Mapping[str, str] = {
    "OutOfStock": "out_of_stock",
    "PaymentDeclined": "payment_declined",
    "ShipmentRejected": "undeliverable",
}
"""A service's no -> the reason of an order cancelled for it."""

BARE_REASONS = ("deadline", "asked")
"""Reasons of orders given up without a no of the business: they expired."""

CLOSED = ("completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service's store remembers of one operation; `entry` is "" when nothing was announced."""

    service: str
    accepted: bool
    type: str
    entry: str


@dataclass(slots=True)
class Story:
    """All that the records know of one order: its events by commit time, the stores' answers, its record."""

    order_id: str
    events: list[Row] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    record: Row = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The order service's word: open, expired, completed, cancelled, or "" when it knows nothing."""
        return str(self.record.get("status") or "")

    @property
    def reason(self) -> str:
        """Why it was given up, or ""."""
        return str(self.record.get("reason") or "")

    @property
    def kinds(self) -> list[str]:
        """The types of its events, oldest first."""
        return [str(event["type"]) for event in self.events]

    @property
    def deadline_ms(self) -> float | None:
        """By when it had to be closed (epoch ms), None when no event tells."""
        told = [((event.get("data") or {}).get("order") or {}).get("deadline_ms") for event in self.events]
        return next((float(each) for each in told if each is not None), None)

    def of_type(self, kind: str) -> list[Row]:
        """Its events of a type."""
        return [event for event in self.events if event["type"] == kind]

    def first_ms(self, *kinds: str) -> float | None:
        """When the first event of one of these types was committed, None when none was."""
        return next((float(event["time_ms"]) for event in self.events if event["type"] in kinds), None)

    @property
    def lines(self) -> list[Row]:
        """What was ordered: rows of sku, quantity, price_cents. Empty when no event tells."""
        for event in self.events:
            order = (event.get("data") or {}).get("order")
            if order:
                return list(order["lines"])
        return []

    @property
    def quantity(self) -> int:
        """Units ordered."""
        return sum(int(line["quantity"]) for line in self.lines)

    @property
    def amount_cents(self) -> int:
        """The price of the whole order."""
        return sum(int(line["quantity"]) * int(line["price_cents"]) for line in self.lines)

    def given_back(self, kind: str) -> int:
        """How much the undone events of that type gave back, all together."""
        undone = (event for event in self.events if event["type"] == kind)
        return sum(int((event.get("data") or {}).get(GIVEN_BACK[kind]) or 0) for event in undone)

    def told(self) -> str:
        """The story in one line: `o-17 [OrderPlaced 0.0, InventoryUpdated 3.1 ms]`."""
        if not self.events:
            return f"{self.order_id} [no events; record: {self.status or 'none'}]"
        start = float(self.events[0]["time_ms"])
        steps = ", ".join(f"{event['type']} {float(event['time_ms']) - start:.1f}" for event in self.events)
        return f"{self.order_id} [{steps} ms; record: {self.status or 'none'}]"


def stories(events: Iterable[Row], state: Iterable[Row]) -> dict[str, Story]:
    """One story per order named anywhere in the rows.

    Events of one commit share their time; such ties are told in the order of an order's life (a white lie
    in favour of the arm: whoever commits both at once did decide both).
    """
    told: dict[str, Story] = {}

    def of(order_id: str) -> Story:
        return told.setdefault(order_id, Story(order_id))

    for event in events:
        of(str(event["subject"])).events.append(event)
    for row in state:
        if row["kind"] == "order":
            _remember(of(str(row["order_id"])), row)
    for story in told.values():
        story.events.sort(key=lambda event: (float(event["time_ms"]), RANK.get(event["type"], len(RANK))))
    return told


def _remember(story: Story, row: Row) -> None:
    service = str(row["service"])
    for operation, (accepted, kind, entry) in row["answers"].items():
        story.answers[operation] = Answer(service, bool(accepted), str(kind or ""), str(entry or ""))
    if service == "order":
        story.record = row.get("record") or {}
