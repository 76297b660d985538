"""The arm suite, at a full door: as many orders are open as may be, and whoever comes then is told so at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from common.admission import OpenOrders
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm
from tests.arms.test_door import BODY

OPEN_MAX, CUSTOMERS = 5, 40


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(open_max=OPEN_MAX)) as client:
        yield client


@in_every_arm
def test_a_crowd_at_a_door_gets_in_up_to_the_bound_and_the_rest_is_asked_to_come_back(lab: LabClient, arm: str) -> None:
    door = lab.status()["arms"][arm]["door"]
    with httpx.Client(timeout=12) as client, ThreadPoolExecutor(CUSTOMERS) as customers:
        lab.signal(arm, "payment-1", "pause")
        try:
            answers = list(customers.map(lambda _: client.post(f"{door}/orders", json=BODY), range(CUSTOMERS)))
            unread = client.post(f"{door}/orders", content=b"{", headers={"Content-Type": "application/json"})
        finally:
            lab.signal(arm, "payment-1", "resume")
        taken = [answer for answer in answers if answer.status_code == 202]
        refused = [unread, *(answer for answer in answers if answer.status_code == 503)]
        assert (len(taken), len(refused)) == (OPEN_MAX, CUSTOMERS - OPEN_MAX + 1)
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
        assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
        give_up = time.monotonic() + 20
        while client.post(f"{door}/orders", json=BODY).status_code != 202:
            assert time.monotonic() < give_up, "the door stays shut although its orders are closed"


def test_what_a_door_takes_in_counts_before_the_next_look_and_what_fails_does_not() -> None:
    async def looked() -> int:
        return 3

    async def story() -> list[int]:
        orders = OpenOrders(looked, 5)
        await orders.look()
        first, second = orders.admit(), orders.admit()
        assert first
        assert second
        counts = [orders.count()]
        assert orders.admit() is None
        second.settle(taken=False)
        counts.append(orders.count())
        first.settle(taken=True)
        first.settle(taken=False)  # the request ends, and its order stays
        counts.append(orders.count())
        await orders.look()
        return [*counts, orders.count()]

    assert asyncio.run(story()) == [5, 4, 4, 3]
