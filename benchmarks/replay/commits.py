"""What the services' logs recorded: every operation that had an event, and with it the clocks and the open orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.checkers.records import DECIDED_BY, GIVEN_BACK, REFUSALS
from benchmarks.replay.records import Run
from benchmarks.replay.series import Change, Metric, by_process
from benchmarks.rows import Row
from compose.arm import Arm

OPERATIONS = Metric("harmony_operations_total", "counter", "Operations that had an event: accepted, rejected")
OPEN = Metric("harmony_orders_open", "gauge", "Orders received and not closed")
CLOCKS = {
    name: Metric(f"harmony_order_{name}_seconds", "histogram", text)
    for name, text in {
        "decided": "From receipt to the commit that settled stock and money",
        "closed": "From receipt to the commit that completed or cancelled the order",
    }.items()
}
MILESTONES: Mapping[str, tuple[str, str]] = {
    "OrderCompleted": ("closed", "completed"),
    "OrderCancelled": ("closed", "cancelled"),
    "OrderPayed": ("decided", "completed"),
    "OutOfStock": ("decided", "cancelled"),
    "InventoryReleased": ("decided", "cancelled"),
}
"""Event type -> the clock that stops at it, and how the order stands then, as services count while they run."""


def changes(run: Run) -> Iterator[Change]:
    """Every event, and the open orders that follow from them."""
    arms = {arm.name: arm for arm in run.arms}
    events = [row for row in run.rows["events"] if row["arm"] in arms and row["type"] in DECIDED_BY]
    sent_ms = {(row["arm"], row["order_id"]): row["sent_ms"] for row in run.rows["orders"] if row.get("order_id")}
    received: dict[tuple[str, str], float] = {}
    for event in events:
        order = event["arm"], str(event["subject"])
        at_ms = placed_ms(event) or sent_ms.get(order)
        if at_ms is not None:
            received.setdefault(order, at_ms)
    for event in events:
        yield from _of_event(run, arms[event["arm"]], event, received)
    for (name, order_id), at_ms in (sent_ms | received).items():
        if (arm := arms.get(name)) is not None and at_ms is not None and order_id:
            yield Change(at_ms, OPEN, by_process(arm, run.process(name, arm.entry), arm.entry), 1)


def _of_event(run: Run, arm: Arm, event: Row, received: Mapping[tuple[str, str], float]) -> Iterator[Change]:
    kind, at_ms = str(event["type"]), float(event["time_ms"])
    service, operation = DECIDED_BY[kind]
    done = accepted(event)
    who = run.process(arm.name, service), service
    outcome = "accepted" if done else "rejected"
    yield Change(at_ms, OPERATIONS, by_process(arm, *who, operation=operation, outcome=outcome), 1)
    since_ms = received.get((arm.name, str(event["subject"])))
    if kind not in MILESTONES or since_ms is None or (kind in GIVEN_BACK and not done):
        return
    clock, ending = MILESTONES[kind]
    yield Change(at_ms, CLOCKS[clock], by_process(arm, *who, outcome=ending), max(0.0, at_ms - since_ms) / 1000)
    if clock == "closed":
        yield Change(at_ms, OPEN, by_process(arm, run.process(arm.name, arm.entry), arm.entry), -1)


def accepted(event: Row) -> bool:
    """Whether the operation behind an event was accepted. Undoing that gave nothing back was not."""
    kind = event["type"]
    return kind not in REFUSALS and bool(_data(event).get(GIVEN_BACK[kind]) if kind in GIVEN_BACK else True)


def placed_ms(event: Row) -> float | None:
    """When the door received the order."""
    placed_ms = (_data(event).get("order") or {}).get("placed_ms")
    return None if placed_ms is None else float(placed_ms)


def _data(event: Row) -> Mapping[str, Any]:
    return event.get("data") or {}
