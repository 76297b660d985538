"""What was decided long ago and is asked again is answered once more, and nothing stays open."""

from __future__ import annotations

import time
import uuid

import httpx
import pytest

from common.store.embedded import connect_once
from compose.local.client import LabClient
from orchestration.journal import OPEN, key
from tests.arms.chosen import ARMS
from tests.arms.test_door import FORWARD, PATIENT, events_of, place

JOURNALED = [arm.name for arm in ARMS.values() if arm.pattern == "orchestration"]


@pytest.mark.parametrize("journaled", JOURNALED)
def test_an_order_whose_journal_is_gone_is_closed_again_from_what_the_services_remember(
    lab: LabClient, journaled: str
) -> None:
    door = lab.status()["arms"][journaled]["door"]
    asked = {"Idempotency-Key": uuid.uuid4().hex}
    order_id = place(door, asked | PATIENT).json()["order_id"]
    with connect_once(lab.credentials(journaled, "admin")) as redis:
        assert redis.delete(key(order_id)) == 1
        assert place(door, asked).status_code == 202
        give_up = time.monotonic() + 8
        while redis.sismember(OPEN, order_id) or not redis.exists(key(order_id)):
            assert time.monotonic() < give_up, "asked again, and open for ever"
            time.sleep(0.05)
    assert httpx.get(f"{door}/orders/{order_id}").json()["status"] == "completed"
    assert events_of(door, order_id) == FORWARD, "nothing was announced twice"
