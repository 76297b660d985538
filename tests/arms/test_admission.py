"""The arm suite, at a full door: as many orders are open as may be, and whoever comes then is told so at once."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from common.admission import READ_S, OpenOrders
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm
from tests.arms.test_door import BODY
from tests.crowd import client_of

OPEN_MAX, CUSTOMERS = 5, 40


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(open_max=OPEN_MAX)) as client:
        yield client


def taken(answers: list[httpx.Response]) -> list[httpx.Response]:
    return [answer for answer in answers if answer.status_code == 202]


@in_every_arm
def test_a_crowd_at_a_door_gets_in_up_to_the_bound_and_the_rest_is_asked_to_come_back(lab: LabClient, arm: str) -> None:
    door = lab.status()["arms"][arm]["door"]
    with client_of(CUSTOMERS, timeout_s=12) as client, ThreadPoolExecutor(CUSTOMERS) as customers:
        lab.signal(arm, "payment-1", "pause")
        try:
            answers = list(customers.map(lambda _: client.post(f"{door}/orders", json=BODY), range(CUSTOMERS)))
            give_up = time.monotonic() + 5
            while len(taken(answers)) < OPEN_MAX:  # one that is seen while it comes in counts twice until the next look
                assert time.monotonic() < give_up, f"{len(taken(answers))} of {OPEN_MAX} places are given"
                answers.append(client.post(f"{door}/orders", json=BODY))
            unread = client.post(f"{door}/orders", content=b"{", headers={"Content-Type": "application/json"})
        finally:
            lab.signal(arm, "payment-1", "resume")
        refused = [unread, *(answer for answer in answers if answer.status_code != 202)]
        assert (len(taken(answers)), len(refused)) == (OPEN_MAX, len(answers) - OPEN_MAX + 1)
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
        assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
        give_up = time.monotonic() + 20
        while client.post(f"{door}/orders", json=BODY).status_code != 202:
            assert time.monotonic() < give_up, "the door stays shut although its orders are closed"


@in_every_arm
def test_whoever_never_sends_the_body_gives_the_place_back(lab: LabClient, arm: str) -> None:
    door = httpx.URL(lab.status()["arms"][arm]["door"])
    head = b"POST /orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with ExitStack() as stack:

        def asked(rest: bytes) -> socket.socket:
            there = stack.enter_context(socket.create_connection((door.host, door.port), timeout=READ_S + 5))
            there.sendall(head + rest)
            return there

        _wait_until_empty(f"{door}/metrics")
        hanging = [asked(b"Content-Length: 90\r\n\r\n" + begun) for begun in (b"", b"{") * OPEN_MAX]
        endless, refused = b"Transfer-Encoding: chunked\r\n\r\n", b""
        give_up = time.monotonic() + READ_S
        while not refused.startswith(b"HTTP/1.1 503") and time.monotonic() < give_up:
            refused = _all(asked(endless))
        assert b"connection: close" in refused.lower()
        answers = [each.recv(4096) for each in hanging]
        assert {answer[:13] for answer in answers} == {b"HTTP/1.1 408 ", b"HTTP/1.1 503 "}
        assert all(b"application/problem+json" in answer for answer in answers)
    give_up = time.monotonic() + 10
    while httpx.post(f"{door}/orders", json=BODY).status_code != 202:
        assert time.monotonic() < give_up, "the door stays shut"


def _wait_until_empty(metrics: str) -> None:
    """Until the door has seen that no order is open: what others left there takes the places."""
    give_up = time.monotonic() + 20
    while not any(line.startswith("harmony_orders_open{") and line.endswith(" 0.0") for line in _lines(metrics)):
        assert time.monotonic() < give_up, "orders stay open"
        time.sleep(0.05)


def _lines(metrics: str) -> list[str]:
    return httpx.get(metrics).text.splitlines()


def _all(there: socket.socket) -> bytes:
    """What is answered until the other side closes."""
    return b"".join(iter(lambda: there.recv(4096), b""))


def test_what_a_door_takes_in_counts_before_the_next_look_and_what_fails_does_not() -> None:
    async def looked() -> int:
        return 3

    async def story() -> list[int]:
        orders = OpenOrders(looked, 5)
        assert orders.admit() is None, "before the first look nobody knows"
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
