"""A server that stops answering for a while: what it did with its last breath is found again, in every arm alike."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from benchmarks import history
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm
from tests.crowd import client_of

ORDERS, DEADLINE_S = 30, 2.5
BODY = {"customer_id": "alice", "lines": [{"sku": "sku-0001", "quantity": 1}], "address": "Street 1"}


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(deadline_s=DEADLINE_S)) as client:
        yield client


@in_every_arm
def test_an_order_whose_answer_was_lost_is_closed_and_asking_again_gives_no_second_one(
    lab: LabClient, arm: str
) -> None:
    door = lab.status()["arms"][arm]["door"]
    keys = [uuid.uuid4().hex for _ in range(ORDERS)]
    with client_of(ORDERS, timeout_s=20) as client, ThreadPoolExecutor(ORDERS) as customers:

        def place(key: str) -> int:
            return client.post(f"{door}/orders", json=BODY, headers={"Idempotency-Key": key}).status_code

        lab.signal(arm, "redis", "pause", hold_s=3.5)
        first = Counter(customers.map(place, keys))
        assert first[503], f"nobody was left in doubt: {first}"
        assert Counter(customers.map(place, keys)) == {202: ORDERS}
    give_up = time.monotonic() + DEADLINE_S + 10
    while history.open_orders(lab.credentials(arm, "auditor")):
        assert time.monotonic() < give_up, "orders are open long after their deadline"
        time.sleep(0.1)
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    assert len([row for row in snapshot.events if row["type"] == "OrderPlaced"]) <= ORDERS


@in_every_arm
def test_orders_that_outlive_their_deadline_in_an_outage_are_given_up_in_every_arm(lab: LabClient, arm: str) -> None:
    door = lab.status()["arms"][arm]["door"]
    lab.kill(arm, "payment-1", hold_s=DEADLINE_S + 2.5)  # so that the last one placed expires, too
    with httpx.Client(timeout=20) as client, ThreadPoolExecutor(10) as customers:  # at once: a busy machine is slow

        def place(_: int) -> str:
            return str(client.post(f"{door}/orders", json=BODY).json()["order_id"])

        placed = list(customers.map(place, range(10)))
    give_up = time.monotonic() + DEADLINE_S + 12
    while "open" in (ends := Counter(httpx.get(f"{door}/orders/{each}").json()["status"] for each in placed)):
        assert time.monotonic() < give_up, f"still open: {ends}"
        time.sleep(0.1)
    assert ends == {"cancelled": 10}
