"""Orders closed long ago are forgotten, the sums stay right, and what comes late for them is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from benchmarks import checkers, history
from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm
from tests.arms.test_door import BODY, KINDS

RETENTION_S = 1.0


@pytest.fixture(scope="module")
def forgetful() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(retention_s=RETENTION_S)) as client:
        yield client


@in_every_arm
def test_closed_orders_are_forgotten_and_the_books_stay_right(forgetful: LabClient, arm: str) -> None:
    door = forgetful.status()["arms"][arm]["door"]
    kinds = [{}, *(changes for changes, _ in KINDS.values())]
    old = [_placed(door, changes) for changes in kinds * 3]
    give_up = time.monotonic() + 20
    while any(httpx.get(f"{door}/orders/{order_id}").status_code != 404 for order_id in old[:-1]):
        assert time.monotonic() < give_up, "old orders are still there"
        _placed(door, {})
        time.sleep(0.2)
    for changes in kinds:  # so that there are some to look at, however long the last look at the old ones took
        _placed(door, changes)
    snapshot = history.collect(forgetful.credentials(arm, "auditor"), arm)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=True)
    assert [check for check in checks if not check.ok] == []
    counters = {row["service"]: row for row in snapshot.state if row["kind"] == "counters"}
    assert int(counters["payment"]["initial"]["till"]) > 0, "what dropped orders paid is in the opening balance"


def _placed(door: str, changes: dict[str, object]) -> str:
    answer = httpx.post(f"{door}/orders", json=BODY | changes, headers={"Prefer": "wait=8"}, timeout=12)
    assert answer.status_code == 200
    return str(answer.json()["order_id"])
