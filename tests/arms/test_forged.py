"""Entries that the owner of a stream would not have written are set aside, and nothing comes of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from benchmarks import checkers, history
from common.settings import Settings
from common.store import keys
from common.store.embedded import connect_once
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.test_door import BODY, PATIENT, place
from tests.arms.test_undoing import eventually, letters

PLACED = keys.events("order", "OrderPlaced")


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab([arm for arm in ARMS.values() if HEARD.get(arm.name)], Settings()) as client:
        yield client


HEARD = {
    "orchestration-streams": (PLACED, keys.commands("payment")),
    "choreography-streams": (PLACED,),
    "choreography-http": (PLACED,),
}
"""Streams that somebody hears, in arms that hear any."""


def _order(order_id: str) -> dict[str, Any]:
    now = int(time.time() * 1000)
    line = {"sku": "sku-0001", "quantity": 1, "price_cents": 1}
    return {
        "order_id": order_id,
        "customer_id": "mallory",
        "lines": [line],
        "address": "a street",
        "placed_ms": now,
        "deadline_ms": now + 10_000,
    }


def _entry(kind: str, operation: str, **changes: Any) -> dict[Any, Any]:
    order_id = "f" * 32
    good = {
        "id": f"{order_id}/{operation}",
        "type": kind,
        "source": "order" if kind == "OrderPlaced" else "orchestrator",
        "subject": order_id,
        "time": "2026-11-23T00:00:00.000000Z",
        "traceparent": "",
        "data": json.dumps({"order": _order(order_id)}),
    }
    return good | changes


FORGERIES: dict[str, dict[str, Any]] = {
    "another order's name": {"id": f"{'e' * 32}/place"},
    "another subject": {"subject": "e" * 32},
    "another source": {"source": "Mallory!"},
    "another type": {"type": "launch"},
    "another operation": {"id": f"{'f' * 32}/complete"},
    "no order": {"data": "{}"},
    "a pickle": {"data": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."},
    "a price out of bounds": {
        "data": json.dumps(
            {"order": _order("f" * 32) | {"lines": [{"sku": "sku-0001", "quantity": 1, "price_cents": -1}]}}
        )
    },
}


@pytest.mark.parametrize("arm", [arm for arm in ARMS if HEARD.get(arm)])
def test_a_forged_entry_is_a_dead_letter_and_has_no_effect(lab: LabClient, arm: str) -> None:
    forged = 0
    with connect_once(lab.credentials(arm, "admin")) as redis:
        for stream in HEARD[arm]:
            kind, operation = ("OrderPlaced", "place") if stream == PLACED else ("charge", "charge")
            for changes in FORGERIES.values():
                redis.xadd(stream, _entry(kind, operation, **changes))
                forged += 1
        eventually(lambda: len(letters(lab, arm)) == forged, f"{forged} forged, set aside: {letters(lab, arm)}")
        known: Any = redis.scan_iter("*:order:" + "f" * 32)
        assert list(known) == [], "something came of it"
    door = lab.status()["arms"][arm]["door"]
    assert place(door, PATIENT, **BODY).json()["status"] == "completed", "and it holds up nobody"
    assert httpx.get(f"{door}/orders/{'f' * 32}").status_code == 404
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    money = [
        check for check in checkers.check(snapshot.events, snapshot.state, None, at_rest=True) if "money" in check.id
    ]
    assert all(check.ok for check in money)
