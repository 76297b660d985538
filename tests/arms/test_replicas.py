"""Two replicas of everything: whichever is asked, and whichever is killed, an order is closed once and rightly."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from benchmarks import checkers, history
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.test_door import BODY, FORWARD, KINDS, events_of, place

ORDERS, AT_ONCE = 60, 12
HOLD_S = 5.0  # how long a killed one stays away
ENDS: dict[str, tuple[dict[str, Any], list[str]]] = {"": ({}, FORWARD), **KINDS}


@pytest.fixture(scope="module", params=list(ARMS))
def twofold(request: pytest.FixtureRequest) -> Iterator[tuple[LabClient, str]]:
    """A lab of one arm, with two processes of every role."""
    arm = ARMS[request.param]
    pairs = arm.with_replicas({role.service: 2 for role in arm.roles})
    # "always": under "everysec" a server may hold back what it has acknowledged while a slow disk still syncs
    with start_lab([pairs], Settings(appendfsync="always")) as lab:
        yield lab, arm.name


def test_orders_of_each_kind_close_rightly_through_each_door(twofold: tuple[LabClient, str]) -> None:
    lab, arm = twofold
    assert len(_doors(lab, arm)) == 2
    for door in _doors(lab, arm):
        for reason, (changes, events) in ENDS.items():
            order = place(door, {"Prefer": "wait=8"}, **changes).json()
            assert (order["status"], order["reason"]) == ("cancelled", reason) if reason else ("completed", None)
            for other in _doors(lab, arm):
                assert httpx.get(f"{other}/orders/{order['order_id']}").json() == order
                assert events_of(other, order["order_id"]) == events
    _audit(lab, arm)


def test_the_same_key_at_both_doors_at_once_gives_one_order_and_another_body_a_conflict(
    twofold: tuple[LabClient, str],
) -> None:
    lab, arm = twofold
    doors = _doors(lab, arm)
    for _ in range(3):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        with ThreadPoolExecutor(AT_ONCE) as customers:
            answers = list(customers.map(place, doors * (AT_ONCE // 2), [key] * AT_ONCE))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["order_id"] for answer in answers}) == 1
        conflicts = [place(door, key, address="Street 2").status_code for door in doors]
        assert conflicts == [409, 409]
        assert events_of(doors[0], answers[0].json()["order_id"]).count("OrderPlaced") <= 1
    _audit(lab, arm)


@pytest.mark.parametrize("victim", ["entry", "payment"])
def test_when_one_of_two_is_killed_the_other_closes_every_accepted_order_before_it_is_back(
    twofold: tuple[LabClient, str], victim: str
) -> None:
    lab, arm = twofold
    service = ARMS[arm].entry if victim == "entry" else victim
    _until_ready(lab, arm)
    accepted, killed_ms = _orders_with_a_kill(lab, arm, f"{service}-1")
    rested_s = _until_rest(lab, arm) - killed_ms / 1000
    assert rested_s < HOLD_S, "the other did not close them all: some waited for the killed one"
    lab.signal(arm, f"{service}-1", "start")
    with httpx.Client(base_url=_doors(lab, arm)[1]) as client:
        ends = Counter(client.get(f"/orders/{order_id}").json()["status"] for order_id in accepted)
    assert set(ends) == {"completed"}
    assert len(accepted) >= ORDERS // 2
    _audit(lab, arm)


def _orders_with_a_kill(lab: LabClient, arm: str, target: str) -> tuple[list[str], float]:
    """The orders that either door took in while the target was killed among them, and when that was (epoch ms)."""
    doors, accepted = _doors(lab, arm), list[str]()

    def ask(number: int) -> None:
        try:
            answer = client.post(f"{doors[number % 2]}/orders", json=BODY)
        except httpx.TransportError:
            return  # unknown to the customer: closed or never taken in, and the audit sees which
        if answer.status_code == 202:
            accepted.append(answer.json()["order_id"])

    _slow_down(lab, arm)
    with httpx.Client(timeout=8) as client, ThreadPoolExecutor(AT_ONCE) as customers:
        for number in range(ORDERS):
            customers.submit(ask, number)
        give_up = time.monotonic() + 10
        while len(accepted) < ORDERS // 3:
            assert time.monotonic() < give_up, "too few orders were taken in"
            time.sleep(0.001)
        killed_ms = lab.kill(arm, target, hold_s=HOLD_S)
        assert history.open_orders(lab.credentials(arm, "auditor")), "none was open when it was killed"
    return accepted, killed_ms


def _slow_down(lab: LabClient, arm: str) -> None:
    """Have every charge take its time for a while, so that orders are open when something is killed."""
    fault = {"fault": "slow", "operation": "charge", "delay_ms": 300, "for_s": 2}
    token = {"Authorization": f"Bearer {lab.token()}"}
    for process in lab.status()["arms"][arm]["processes"]:
        if process["service"] == "payment":
            httpx.post(f"{process['url']}/faults", json=fault, headers=token).raise_for_status()


def _doors(lab: LabClient, arm: str) -> list[str]:
    return [each["url"] for each in lab.status()["arms"][arm]["processes"] if each["service"] == ARMS[arm].entry]


def _until_ready(lab: LabClient, arm: str) -> None:
    give_up = time.monotonic() + 15
    while any(process["state"] != "ready" for process in lab.status()["arms"][arm]["processes"]):
        assert time.monotonic() < give_up, f"not all ready again: {lab.status()['arms'][arm]}"
        time.sleep(0.05)


def _until_rest(lab: LabClient, arm: str) -> float:
    """When no order is open any more (epoch s)."""
    auditor = lab.credentials(arm, "auditor")
    give_up = time.monotonic() + 20
    while left := history.open_orders(auditor):
        assert time.monotonic() < give_up, f"{left} orders are open long after their deadline"
        time.sleep(0.05)
    return time.time()


def _audit(lab: LabClient, arm: str) -> None:
    _until_rest(lab, arm)
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=True)
    assert [check for check in checks if not check.ok] == []
    assert {check.id: check.looked_at for check in checks}["every_order_closed"]
