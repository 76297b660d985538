"""Histories written by hand: the rows an arm would leave behind, honest unless a test spoils them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.checkers.records import DECIDED_BY, GIVEN_BACK

Row = dict[str, Any]

ARM = "arm-under-test"
START_MS = 1_790_000_000_000.0
STEP_MS = 5.0
DEADLINE_MS = 10_000.0
NOS = ("OutOfStock", "PaymentDeclined", "ShipmentRejected")
SERVICES = ("order", "inventory", "payment", "shipping", "notification")
COUNTED = {
    "InventoryUpdated": "InventoryReleased",
    "OrderPayed": "PaymentRefunded",
    "OrderShipped": "ShipmentRecalled",
}

FORWARD = (
    "OrderPlaced",
    "InventoryUpdated",
    "OrderPayed",
    "OrderShipped",
    "CustomerNotified",
    "OrderCompleted",
)
TOLD = ("CustomerApologised", "OrderCancelled")
OUT_OF_STOCK = ("OrderPlaced", "OutOfStock", *TOLD)
DECLINED = ("OrderPlaced", "InventoryUpdated", "PaymentDeclined", "InventoryReleased", *TOLD)
UNDELIVERABLE = (*FORWARD[:3], "ShipmentRejected", "PaymentRefunded", "InventoryReleased", *TOLD)
UNDOING = ("OrderExpired", "ShipmentRecalled", "PaymentRefunded", "InventoryReleased", *TOLD)
EXPIRED_BEFORE_CHARGE = (*FORWARD[:2], *UNDOING)
EXPIRED_AFTER_CHARGE = (*FORWARD[:3], *UNDOING)
NEVER_PLACED = UNDOING


class History:
    """Rows of one arm. `events` and `answers` may be spoiled before `state()` is asked for."""

    def __init__(self, arm: str = ARM, stock: int = 1000) -> None:
        self.arm, self.stock = arm, stock
        self.events: list[Row] = []
        self.records: dict[str, Row] = {}
        self.answers: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self.counters: dict[str, Counter[str]] = {service: Counter() for service in SERVICES}
        self.dead: list[Row] = [{"arm": arm, "kind": "dead", "service": s, "count": 0, "entries": []} for s in SERVICES]
        self.journals: dict[str, list[list[Any]]] = {}
        self.open: Row = {"arm": arm, "kind": "open", "deadlines": 0, "journal": 0}

    def order(
        self, order_id: str, *kinds: str, reason: str = "", quantity: int = 2, at_ms: Sequence[float] = ()
    ) -> History:
        """An order with these events in turn; counters, answers and record as honest services leave them.

        `at_ms`: when each was committed (epoch ms), else one every STEP_MS. An order that expires does so on time.
        """
        lines = [{"sku": "sku-0001", "quantity": quantity, "price_cents": 350}]
        times = list(at_ms) or [START_MS + STEP_MS * (len(self.events) + step) for step in range(len(kinds))]
        deadline_ms = times[kinds.index("OrderExpired")] if "OrderExpired" in kinds else times[0] + DEADLINE_MS
        body = {"order_id": order_id, "lines": lines, "deadline_ms": deadline_ms}
        self.records[order_id] = {"status": "open"}
        for position, kind in enumerate(kinds):
            service, operation = DECIDED_BY[kind]
            event = self._event(kind, body, kinds, times[position]) | {"id": f"{order_id}/{operation}"}
            event["data"]["reason"] = reason if kind in (*UNDOING, *NOS) else ""
            self.events.append(event)
            accepted = kind not in NOS and event["data"].get(GIVEN_BACK.get(kind, ""), 1) > 0
            self.answers.setdefault((service, order_id), {})[operation] = [accepted, kind, event["entry"]]
            self._count(kind, event["data"], lines)
            self._mark(order_id, kind, reason)
        return self

    def _event(self, kind: str, body: Row, kinds: tuple[str, ...], at_ms: float) -> Row:
        service = DECIDED_BY[kind][0]
        data: Row = {"order": body, "reason": ""}
        if kind in GIVEN_BACK:
            line = body["lines"][0]
            done = next(done for done, undone in COUNTED.items() if undone == kind) in kinds
            whole = {
                "quantity": line["quantity"],
                "amount_cents": line["quantity"] * line["price_cents"],
                "parcels": 1,
            }
            data[GIVEN_BACK[kind]] = whole[GIVEN_BACK[kind]] if done else 0
        return {
            "arm": self.arm,
            "service": service,
            "stream": f"{{{service}}}:events:{kind}",
            "entry": f"{int(at_ms)}-{len(self.events)}",
            "id": "",
            "type": kind,
            "source": service,
            "subject": body["order_id"],
            "time_ms": at_ms,
            "data": data,
        }

    def _count(self, kind: str, data: Row, lines: list[Row]) -> None:
        line = lines[0]
        amount = line["quantity"] * line["price_cents"]
        changes = {
            "InventoryUpdated": ("inventory", "stock:sku-0001", -line["quantity"]),
            "InventoryReleased": ("inventory", "stock:sku-0001", data.get("quantity", 0)),
            "OrderPayed": ("payment", "till", amount),
            "PaymentRefunded": ("payment", "till", -data.get("amount_cents", 0)),
            "OrderShipped": ("shipping", "parcels", 1),
            "ShipmentRecalled": ("shipping", "parcels", -data.get("parcels", 0)),
            "CustomerNotified": ("notification", "confirmations", 1),
            "CustomerApologised": ("notification", "apologies", 1),
        }
        if kind in changes:
            service, counter, change = changes[kind]
            self.counters[service][counter] += change

    def _mark(self, order_id: str, kind: str, reason: str) -> None:
        status = {
            "OrderExpired": "expired",
            "OrderCompleted": "completed",
            "OrderCancelled": "cancelled",
        }.get(kind)
        if status:
            self.records[order_id] = {"status": status, "reason": reason}

    def event(self, order_id: str, kind: str) -> Row:
        """The order's event of that type, to be spoiled."""
        return next(row for row in self.events if row["subject"] == order_id and row["type"] == kind)

    def swap(self, order_id: str, one: str, other: str) -> History:
        """Exchange the times of two events of an order."""
        a, b = self.event(order_id, one), self.event(order_id, other)
        a["time_ms"], b["time_ms"] = b["time_ms"], a["time_ms"]
        return self

    def journaled(self, by: str = "orchestrator-1") -> History:
        """With a journal of every order, as an honest replica writes it."""
        for (_, order_id), answers in self.answers.items():
            lines = [[operation, accepted, by] for operation, (accepted, _, _) in answers.items()]
            self.journals.setdefault(order_id, []).extend(lines)
        return self

    def state(self) -> list[Row]:
        """The state rows."""
        rows: list[Row] = []
        for service in SERVICES:
            start = {"stock:sku-0001": self.stock, "stock:sold-out-00": 0} if service == "inventory" else {}
            now = Counter(start)
            now.update(self.counters[service])
            rows.append({"arm": self.arm, "kind": "counters", "service": service, "initial": start, "now": dict(now)})
        for (service, order_id), answers in self.answers.items():
            record = self.records[order_id] if service == "order" else {}
            row = {"arm": self.arm, "kind": "order", "service": service, "order_id": order_id, "answers": answers}
            rows.append({**row, "record": record})
        kept = [{"arm": self.arm, "kind": "journal", "order_id": o, "answers": a} for o, a in self.journals.items()]
        return [*rows, *self.dead, *kept, self.open]


def good() -> History:
    """One order of every outcome."""
    return (
        History()
        .order("completed", *FORWARD)
        .order("out-of-stock", *OUT_OF_STOCK, reason="out_of_stock")
        .order("declined", *DECLINED, reason="payment_declined")
        .order("undeliverable", *UNDELIVERABLE, reason="undeliverable")
        .order("expired-early", *EXPIRED_BEFORE_CHARGE, reason="deadline")
        .order("expired-late", *EXPIRED_AFTER_CHARGE, reason="deadline")
        .order("never-placed", *NEVER_PLACED, reason="deadline")
    )


def load(expected: dict[str, str]) -> list[Row]:
    """Load rows: order id -> what the workload expects of it. Every customer asked twice, and was told the same."""
    return [
        {"arm": ARM, "order_id": order_id, "expected": outcome, "amount_cents": 700, "told": [order_id] * 2}
        for order_id, outcome in expected.items()
    ]
