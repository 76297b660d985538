"""An order that cannot be served in time is given up and undone, in every arm alike, and is closed when it can be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from benchmarks import checkers, history
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm

DEADLINE_S = 0.6
BODY = {"customer_id": "alice", "lines": [{"sku": "sku-0001", "quantity": 2}], "address": "Street 1"}
UNDOING = ["OrderExpired", "ShipmentRecalled", "PaymentRefunded", "InventoryReleased", "CustomerApologised"]


@pytest.fixture(scope="module")
def hasty(request: pytest.FixtureRequest) -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(deadline_s=DEADLINE_S)) as client:
        yield client


@pytest.mark.parametrize("away", ["inventory-1", "payment-1", "shipping-1", "notification-1"])
@in_every_arm
def test_a_service_away_for_longer_than_the_deadline_ends_in_a_cancelled_order(
    hasty: LabClient, arm: str, away: str
) -> None:
    door = hasty.status()["arms"][arm]["door"]
    hasty.kill(arm, away, hold_s=2 * DEADLINE_S)
    order_id = httpx.post(f"{door}/orders", json=BODY, timeout=5).json()["order_id"]
    order = _closed(door, order_id, within_s=10)
    assert (order["status"], order["reason"]) == ("cancelled", "deadline")
    told = [event["type"] for event in httpx.get(f"{door}/orders/{order_id}/events").json()]
    undone = [kind for kind in told if kind in UNDOING]
    assert undone == [kind for kind in UNDOING if kind in undone], "newest first"
    assert told[-1] == "OrderCancelled"
    _audit(hasty, arm)


@pytest.mark.parametrize("operation", ["reserve", "charge", "ship", "confirm"])
@in_every_arm
def test_an_operation_slower_than_the_deadline_is_undone_or_barred(hasty: LabClient, arm: str, operation: str) -> None:
    service = {"reserve": "inventory", "charge": "payment", "ship": "shipping", "confirm": "notification"}[operation]
    fault = {"fault": "slow", "operation": operation, "delay_ms": 1_500, "for_s": 0.9}
    for process in hasty.status()["arms"][arm]["processes"]:
        if process["service"] == service:
            token = {"Authorization": f"Bearer {hasty.token()}"}
            httpx.post(f"{process['url']}/faults", json=fault, headers=token).raise_for_status()
    door = hasty.status()["arms"][arm]["door"]
    order_id = httpx.post(f"{door}/orders", json=BODY, timeout=5).json()["order_id"]
    order = _closed(door, order_id, within_s=10)
    assert (order["status"], order["reason"]) == ("cancelled", "deadline")
    _audit(hasty, arm)


def _closed(door: str, order_id: str, within_s: float) -> dict[str, Any]:
    give_up = time.monotonic() + within_s
    while True:
        order: dict[str, Any] = httpx.get(f"{door}/orders/{order_id}").json()
        if order["status"] != "open":
            return order
        assert time.monotonic() < give_up, f"still open: {order}"
        time.sleep(0.05)


def _audit(lab: LabClient, arm: str) -> None:
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=True)
    assert [check for check in checks if not check.ok] == []
    assert {check.id: check.looked_at for check in checks}["every_order_closed"]
