"""The arm suite, at the door: the same sentences for every arm."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from benchmarks import checkers, history
from compose.local.client import LabClient
from tests.crowd import client_of

BODY: dict[str, Any] = {
    "customer_id": "alice",
    "lines": [{"sku": "sku-0001", "quantity": 2}, {"sku": "sku-0002", "quantity": 1}],
    "address": "Street 1",
}
PATIENT = {"Prefer": "wait=8"}
FORWARD = ["OrderPlaced", "InventoryUpdated", "OrderPayed", "OrderShipped", "CustomerNotified", "OrderCompleted"]
GIVEN_UP = ["CustomerApologised", "OrderCancelled"]
KINDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "out_of_stock": (
        {"lines": [{"sku": "sku-0001", "quantity": 1}, {"sku": "sold-out-01", "quantity": 1}]},
        ["OrderPlaced", "OutOfStock", *GIVEN_UP],
    ),
    "payment_declined": (
        {"customer_id": "declined-bob"},
        [*FORWARD[:2], "PaymentDeclined", "InventoryReleased", *GIVEN_UP],
    ),
    "undeliverable": (
        {"address": "undeliverable: the moon"},
        [
            *FORWARD[:3],
            "ShipmentRejected",
            "PaymentRefunded",
            "InventoryReleased",
            "CustomerApologised",
            "OrderCancelled",
        ],
    ),
}


def place(door: str, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
    return httpx.post(f"{door}/orders", json=BODY | changes, headers=headers, timeout=12)


def events_of(door: str, order_id: str) -> list[str]:
    return [event["type"] for event in httpx.get(f"{door}/orders/{order_id}/events").json()]


def test_an_order_is_taken_in_with_its_address(door: str) -> None:
    answer = place(door)
    assert answer.status_code == 202
    assert answer.json() == {"order_id": answer.json()["order_id"], "status": "open"}
    assert answer.headers["Location"] == f"/orders/{answer.json()['order_id']}"
    assert httpx.get(door + answer.headers["Location"]).status_code == 200


def test_whoever_waits_gets_the_closed_order(door: str) -> None:
    answer = place(door, PATIENT)
    order = answer.json()
    assert answer.status_code == 200
    assert (order["status"], order["reason"]) == ("completed", None)
    assert order["placed_at"] < order["decided_at"] < order["closed_at"]
    assert events_of(door, order["order_id"]) == FORWARD


@pytest.mark.parametrize("reason", KINDS)
def test_a_refused_order_is_undone_told_and_cancelled_with_its_reason(door: str, reason: str) -> None:
    changes, events = KINDS[reason]
    order = place(door, PATIENT, **changes).json()
    assert (order["status"], order["reason"]) == ("cancelled", reason)
    assert events_of(door, order["order_id"]) == events


def test_the_same_key_gives_the_same_order_and_another_body_a_conflict(door: str) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = place(door, key), place(door, key)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    other = place(door, key, address="Street 2")
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"


def test_lines_of_one_sku_are_merged(door: str) -> None:
    twice = {"sku": "sku-0005", "quantity": 1}
    merged = place(door, PATIENT, lines=[twice, twice]).json()
    assert (
        merged["amount_cents"]
        == place(door, PATIENT, lines=[{"sku": "sku-0005", "quantity": 2}]).json()["amount_cents"]
    )


GOOD = '"customer_id": "a", "address": "x"'
BAD: dict[str, tuple[bytes, int]] = {
    "no JSON": (b"{", 422),
    "not text": (b'{"customer_id": "\xff"}', 400),
    "nothing": (b"", 422),
    "a list": (b"[]", 422),
    "no lines": (f'{{{GOOD}, "lines": []}}'.encode(), 422),
    "none of it": (f'{{{GOOD}, "lines": [{{"sku": "sku-0001", "quantity": 0}}]}}'.encode(), 422),
    "a text for a number": (f'{{{GOOD}, "lines": [{{"sku": "sku-0001", "quantity": "1"}}]}}'.encode(), 422),
    "an unknown item": (f'{{{GOOD}, "lines": [{{"sku": "sku-9999", "quantity": 1}}]}}'.encode(), 422),
    "something more": (f'{{{GOOD}, "lines": [{{"sku": "sku-0001", "quantity": 1}}], "y": 1}}'.encode(), 422),
    "too much": (b'{"customer_id": "' + b"a" * 20_000 + b'"}', 413),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_request_gets_problem_details_and_leaves_no_trace(lab: LabClient, arm: str, door: str, kind: str) -> None:
    body, status = BAD[kind]
    before = _keys(lab, arm)
    answer = httpx.post(f"{door}/orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= answer.json().keys()
    assert _keys(lab, arm) == before


def test_an_order_that_nobody_knows_is_not_found(door: str) -> None:
    for path in (f"/orders/{'0' * 32}", f"/orders/{'0' * 32}/events"):
        answer = httpx.get(door + path)
        assert answer.status_code == 404
        assert answer.json()["status"] == 404


def test_a_path_that_ends_a_line_is_not_found(door: str) -> None:
    for path in ("/orders%0A", "/orders%0D", "/closings%0A"):
        answer = httpx.post(door + path, json=BODY)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_page_of_somebody_elses_cannot_ask_a_process_of_the_lab(lab: LabClient, arm: str) -> None:
    for process in lab.status()["arms"][arm]["processes"]:
        if process["service"] != "redis":
            answer = httpx.get(f"{process['url']}/health/live", headers={"Host": "evil.example"})
            assert answer.status_code == 421
            plain = {"Content-Type": "text/plain"}
            assert httpx.post(f"{process['url']}/operations/charge", content=b"{}", headers=plain).status_code >= 400


def test_a_closed_order_asked_for_again_is_answered_at_once(door: str) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex} | PATIENT
    assert place(door, key).status_code == 200
    began = time.monotonic()
    assert place(door, key).json()["status"] == "completed"
    assert time.monotonic() - began < 4, "it waited for an order that was closed long ago"


def test_many_may_read_at_once(door: str) -> None:
    order_id = place(door, PATIENT).json()["order_id"]
    with ThreadPoolExecutor(40) as readers, client_of(40, timeout_s=10) as client:
        answers = list(readers.map(lambda _: client.get(f"{door}/orders/{order_id}").status_code, range(200)))
    assert answers == [200] * 200


def test_faults_need_the_labs_token(lab: LabClient, arm: str) -> None:
    for process in lab.status()["arms"][arm]["processes"]:
        if process["service"] in ("redis", "orchestrator"):  # it decides nothing, so it has no decisions to spoil
            continue
        url = f"{process['url']}/faults"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert httpx.get(url, headers={"Authorization": f"Bearer {lab.token()}"}).json() == []


def test_every_process_is_live_ready_and_measured(lab: LabClient, arm: str) -> None:
    for process in lab.status()["arms"][arm]["processes"]:
        if process["service"] == "redis":
            continue
        assert httpx.get(f"{process['url']}/health/live").status_code == 200
        assert httpx.get(f"{process['url']}/health/ready").status_code == 200
        assert "harmony_" in httpx.get(f"{process['url']}/metrics").text


def test_at_rest_every_invariant_holds_and_orders_were_looked_at(lab: LabClient, arm: str, door: str) -> None:
    for changes in ({}, *(changes for changes, _ in KINDS.values())):
        assert place(door, PATIENT, **changes).status_code == 200
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=True)
    assert [check for check in checks if not check.ok] == []
    assert sum(check.looked_at for check in checks) > 0


def _keys(lab: LabClient, arm: str) -> int:
    """How many keys the arm's server holds when no order is under way."""
    auditor = lab.credentials(arm, "auditor")
    give_up = time.monotonic() + 10
    while history.open_orders(auditor):
        assert time.monotonic() < give_up, "orders of earlier tests are still open"
    with history.reading(auditor) as redis:
        return int(redis.dbsize())
