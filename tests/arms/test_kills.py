"""Whatever is killed while orders flow, every accepted order is closed and no money or stock goes astray."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from benchmarks import checkers, history
from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm

ORDERS, AT_ONCE, RATE = 60, 8, 30  # in each of five arms at once
DEADLINE_S = 8.0
VICTIMS = ("entry", "order-1", "inventory-1", "payment-1", "shipping-1", "notification-1", "redis")


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    # "always": under "everysec" a server may hold back what it has acknowledged while a slow disk still syncs
    with start_lab(list(ARMS.values()), Settings(deadline_s=DEADLINE_S, appendfsync="always")) as client:
        yield client


@pytest.mark.timeout(90)
@pytest.mark.parametrize("victim", VICTIMS)
@in_every_arm
def test_a_kill_under_load_loses_no_order_no_money_and_no_stock(lab: LabClient, arm: str, victim: str) -> None:
    target = f"{ARMS[arm].entry}-1" if victim == "entry" else victim
    _until_ready(lab, arm)
    accepted = orders_with_a_kill(lab, arm, target, seed=VICTIMS.index(victim))
    _until_ready(lab, arm)
    _until_rest(lab, arm)
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=True)
    assert [check for check in checks if not check.ok] == []
    closed = {row["order_id"] for row in snapshot.state if row["kind"] == "order" and row["service"] == "order"}
    assert len(accepted) > ORDERS // 4
    assert set(accepted) <= closed


def orders_with_a_kill(lab: LabClient, arm: str, target: str, seed: int) -> list[str]:
    """The ids that customers were given while the target was killed after a third of the orders."""
    door = lab.status()["arms"][arm]["door"]
    workload = Workload(seed, SCENARIOS["steady"], catalogue(Settings().seed))
    accepted: list[str] = []

    def place(body: bytes) -> None:
        try:
            answer = customer.post(f"{door}/orders", content=body, headers={"Content-Type": "application/json"})
        except httpx.TransportError:
            return  # unknown to the customer: closed or never taken in, and the audit sees which
        if answer.status_code == 202:
            accepted.append(answer.json()["order_id"])

    with httpx.Client(timeout=5) as customer, ThreadPoolExecutor(AT_ONCE) as customers:
        for number in range(ORDERS):
            customers.submit(place, workload.order(number).body)
            if number == ORDERS // 3:
                lab.kill(arm, target)
            time.sleep(1 / RATE)
    return accepted


def _until_ready(lab: LabClient, arm: str) -> None:
    give_up = time.monotonic() + 15
    while any(process["state"] != "ready" for process in lab.status()["arms"][arm]["processes"]):
        assert time.monotonic() < give_up, f"not all ready again: {lab.status()['arms'][arm]}"
        time.sleep(0.05)


def _until_rest(lab: LabClient, arm: str) -> None:
    give_up = time.monotonic() + DEADLINE_S + 15
    while history.open_orders(lab.credentials(arm, "auditor")):
        assert time.monotonic() < give_up, "orders are open long after their deadline"
        time.sleep(0.1)
