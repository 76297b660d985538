"""When undoing is slow, or fails for the last time: closed late, or parked and listed, never torn; alike everywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from benchmarks import checkers, history
from common.settings import Settings
from common.store import keys
from compose.arms import SERVICES
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm
from tests.arms.test_door import BODY, events_of

UNDELIVERABLE = BODY | {"address": "undeliverable: the moon"}
WITHIN_S = 15.0


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(attempts_max=2)) as client:
        yield client


def put_on(lab: LabClient, arm: str, service: str, at: str = "", **fault: Any) -> None:
    """In every process of the service, or in one of them."""
    for process in lab.status()["arms"][arm]["processes"]:
        if process["service"] == service and at in ("", process["name"]):
            told = httpx.post(f"{process['url']}/faults", json={"for_s": 60} | fault, headers=token(lab))
            told.raise_for_status()


def clear(lab: LabClient, arm: str, service: str) -> None:
    for process in lab.status()["arms"][arm]["processes"]:
        if process["service"] == service:
            httpx.delete(f"{process['url']}/faults", headers=token(lab)).raise_for_status()


def token(lab: LabClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {lab.token()}"}


def letters(lab: LabClient, arm: str) -> list[tuple[str, str]]:
    """Each letter with the service that keeps it."""
    with history.reading(lab.credentials(arm, "auditor")) as redis:
        found: Any = {service: redis.xrange(keys.dead(service)) for service in (*SERVICES, "orchestrator")}
    return [(service, str(letter)) for service, entries in found.items() for letter, _ in entries]


def url_of(lab: LabClient, arm: str, service: str) -> str:
    return next(str(p["url"]) for p in lab.status()["arms"][arm]["processes"] if p["service"] == service)


def eventually(true: Callable[[], Any], what: str) -> Any:
    give_up = time.monotonic() + WITHIN_S
    while not (found := true()):
        assert time.monotonic() < give_up, what
        time.sleep(0.05)
    return found


def placed(lab: LabClient, arm: str, body: dict[str, Any], prefer: str = "") -> tuple[str, str]:
    door = lab.status()["arms"][arm]["door"]
    order_id = httpx.post(f"{door}/orders", json=body, headers={"Prefer": prefer}, timeout=5).json()["order_id"]
    return door, order_id


def status(door: str, order_id: str) -> str:
    return str(httpx.get(f"{door}/orders/{order_id}").json()["status"])


def sound(lab: LabClient, arm: str, at_rest: bool) -> None:
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=at_rest)
    assert [check for check in checks if not check.ok] == []


@in_every_arm
def test_an_undoing_that_fails_for_the_last_time_is_parked_and_closed_when_it_is_replayed(
    lab: LabClient, arm: str
) -> None:
    put_on(lab, arm, "payment", fault="fail", operation="refund")
    door, order_id = placed(lab, arm, UNDELIVERABLE)
    [(keeper, letter)] = eventually(lambda: letters(lab, arm), "nobody set it aside")
    assert status(door, order_id) == "open"
    sound(lab, arm, at_rest=False)
    snapshot = history.collect(lab.credentials(arm, "auditor"), arm)
    told = {each.id: each.ok for each in checkers.check(snapshot.events, snapshot.state, None, at_rest=True)}
    assert not told["dead_letters"], "an open order with a letter is nothing to pass over"
    url = f"{url_of(lab, arm, keeper)}/dead-letters/{letter}"
    assert httpx.post(f"{url}/replay").status_code == 401
    clear(lab, arm, "payment")
    assert httpx.post(f"{url}/replay", headers=token(lab)).status_code == 204
    eventually(lambda: status(door, order_id) == "cancelled", "replayed, and still open")
    assert events_of(door, order_id)[-5:] == [
        "ShipmentRejected",
        "PaymentRefunded",
        "InventoryReleased",
        "CustomerApologised",
        "OrderCancelled",
    ]
    assert letters(lab, arm) == []
    assert httpx.post(f"{url}/replay", headers=token(lab)).status_code == 404
    sound(lab, arm, at_rest=True)


@in_every_arm
def test_a_step_that_fails_for_the_last_time_is_listed_and_the_order_expires(lab: LabClient, arm: str) -> None:
    put_on(lab, arm, "payment", fault="fail", operation="charge")
    door, order_id = placed(lab, arm, BODY, prefer="close-within=2")
    eventually(lambda: status(door, order_id) == "cancelled", "open long after its deadline")
    [(keeper, letter)] = letters(lab, arm)
    clear(lab, arm, "payment")
    gone = httpx.delete(f"{url_of(lab, arm, keeper)}/dead-letters/{letter}", headers=token(lab))
    assert gone.status_code == 204
    assert letters(lab, arm) == []
    sound(lab, arm, at_rest=True)


@in_every_arm
def test_a_slow_undoing_is_done_once(lab: LabClient, arm: str) -> None:
    put_on(lab, arm, "payment", fault="slow", operation="refund", delay_ms=2_500)  # longer than anybody waits over HTTP
    door, order_id = placed(lab, arm, UNDELIVERABLE)
    eventually(lambda: status(door, order_id) == "cancelled", "slow, and never done")
    clear(lab, arm, "payment")
    assert events_of(door, order_id).count("PaymentRefunded") == 1
    sound(lab, arm, at_rest=True)


@in_every_arm
def test_a_step_that_was_given_up_may_be_tried_again_before_the_deadline(lab: LabClient, arm: str) -> None:
    put_on(lab, arm, "shipping", fault="fail", operation="ship")
    door, order_id = placed(lab, arm, BODY)
    [(keeper, letter)] = eventually(lambda: letters(lab, arm), "nobody set it aside")
    clear(lab, arm, "shipping")
    replay = f"{url_of(lab, arm, keeper)}/dead-letters/{letter}/replay"
    tried = httpx.post(replay, headers=token(lab)).status_code
    assert tried == (409 if ARMS[arm].queue else 204), "each job tries again by itself"
    eventually(lambda: status(door, order_id) == "completed", "given up for good")
    httpx.delete(replay.removesuffix("/replay"), headers=token(lab))
    sound(lab, arm, at_rest=True)


@in_every_arm
def test_the_letter_of_an_order_that_waits_for_it_is_not_dropped_by_its_journal(lab: LabClient, arm: str) -> None:
    put_on(lab, arm, "payment", fault="fail", operation="refund")
    door, order_id = placed(lab, arm, UNDELIVERABLE)
    [(keeper, letter)] = eventually(lambda: letters(lab, arm), "nobody set it aside")
    url = f"{url_of(lab, arm, keeper)}/dead-letters/{letter}"
    if keeper == "orchestrator":
        assert httpx.delete(url, headers=token(lab)).status_code == 409
    clear(lab, arm, "payment")
    assert httpx.post(f"{url}/replay", headers=token(lab)).status_code == 204
    eventually(lambda: status(door, order_id) == "cancelled", "replayed, and still open")
