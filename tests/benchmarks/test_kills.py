"""A kill test deals kills and orders out fairly, draws the same again, goes on from its folder, and misses nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.history import Snapshot
from benchmarks.kills.audit import Audited, audit, outcomes
from benchmarks.kills.campaign import Campaign, Ground
from benchmarks.kills.customers import Customer
from benchmarks.kills.plan import ROUND_KILLS, SPACING_S_MIN, Plan, Share, draw, round_of
from benchmarks.kills.records import NoTest, Records, Totals
from benchmarks.workload import Wish
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import start_lab
from tests.benchmarks.histories import FORWARD, History, good

SEED = 7
NOW_MS, RETENTION_MS = 2_000_000_000_000.0, 900_000.0
PROCESSES = ("order-1", "payment-1", "redis")


def customer(order_id: str | None, expected: Any = "completed") -> Customer:
    return Customer(Wish(1, b"", expected, 700), "key", NOW_MS, order_id, answered_ms=NOW_MS, http_status=202)


def audited(history: History, *customers: Customer, closed: dict[str, float] | None = None) -> Audited:
    snapshot = Snapshot(history.events, history.state())
    return audit(snapshot, 0, customers, (), closed or {}, NOW_MS - RETENTION_MS)


def test_all_kills_and_orders_are_dealt_and_none_twice() -> None:
    shares = Plan(("a", "b", "c"), kills=500, orders=20_000, seed=SEED).shares()
    assert sum(share.kills for share in shares.values()) == 500
    assert sum(share.orders for share in shares.values()) == 20_000
    assert max(share.kills for share in shares.values()) - min(share.kills for share in shares.values()) <= 1


def test_rounds_add_up_to_the_share() -> None:
    left, rounds = Share(kills=33, orders=401), []
    while left.kills or left.orders:
        rounds.append(round_of(left))
        left = Share(left.kills - rounds[-1].kills, left.orders - rounds[-1].orders)
    assert [each.kills for each in rounds] == [ROUND_KILLS, ROUND_KILLS, ROUND_KILLS, 3]
    assert max(each.orders for each in rounds[:3]) - min(each.orders for each in rounds[:3]) <= 1


def test_the_same_seed_draws_the_same_kills_and_meets_every_process() -> None:
    drawn = [draw(SEED, "an-arm", number, PROCESSES) for number in range(60)]
    assert drawn == [draw(SEED, "an-arm", number, reversed_) for number, reversed_ in enumerate([PROCESSES[::-1]] * 60)]
    assert drawn != [draw(SEED, "another", number, PROCESSES) for number in range(60)]
    assert {each.process for each in drawn} == set(PROCESSES)


def test_kills_are_at_least_two_recoveries_apart() -> None:
    drawn = [draw(SEED, "an-arm", number, PROCESSES) for number in range(60)]
    assert all(each.spacing_s(3.0) >= 6.0 for each in drawn)
    assert all(each.spacing_s(0.1) >= SPACING_S_MIN for each in drawn)


def test_an_honest_arm_passes() -> None:
    found = audited(good(), customer("completed"), customer("declined", "payment_declined"))
    assert found.ok, found.complaints()
    assert found.endings["expired-late"] == "deadline"


def test_an_accepted_order_that_nobody_knows_is_lost() -> None:
    found = audited(good(), customer("completed"), customer("never-heard-of"))
    assert found.lost == ["never-heard-of"]
    assert not found.ok


def test_an_order_closed_longer_ago_than_the_retention_time_may_be_gone() -> None:
    gone = customer("dropped")
    assert audited(good(), gone, closed={"dropped": NOW_MS - RETENTION_MS - 1}).ok
    assert audited(good(), gone, closed={"dropped": NOW_MS - RETENTION_MS + 1}).lost == ["dropped"]


def test_an_order_charged_twice_and_one_still_open_are_counted() -> None:
    history = History().order("twice", *FORWARD).order("open", *FORWARD[:2])
    history.events.append({**history.event("twice", "OrderPayed"), "entry": "1790000000000-99"})
    found = audited(history, customer("twice"), customer("open"))
    assert found.doubled == ["twice"]
    assert found.open == 1
    assert any("open" in sentence for sentence in found.complaints())


def test_a_sound_order_that_is_turned_away_is_wrong() -> None:
    found = audited(good(), customer(None))
    assert found.turned_away == [1]
    assert not found.ok
    assert audited(good(), customer(None, "malformed")).ok


def test_every_customer_has_one_outcome() -> None:
    customers = [customer("a"), customer("b"), customer("c"), customer(None, "malformed")]
    found = outcomes(customers, {"a": "completed"}, {"b": NOW_MS})
    assert found == {"completed": 1, "dropped": 1, "lost": 1, "refused": 1}


def row(**changes: Any) -> dict[str, Any]:
    checks = [{"id": "money", "ok": True, "looked_at": 3, "detail": ""}]
    whole = {"kills": {"redis": 2}, "orders": {"completed": 3, "refused": 1}, "next_index": 4, "recoveries": []}
    return whole | {"invariants": checks, "lost": 0, "doubled": 0, "open": 0, "ok": True} | changes


def test_a_test_goes_on_from_its_folder(tmp_path: Path) -> None:
    plan = Plan(("orchestration-http",), kills=10, orders=20, seed=SEED)
    begun = Records.begin(plan, {}, tmp_path)
    begun.keep(plan.arms[0], row())
    begun.keep(plan.arms[0], row(next_index=8))
    records, again = Records.resume(begun.folder.path)
    totals = records.totals(plan.arms[0])
    assert again == plan
    assert (totals.kills, totals.accepted, totals.next_index) == (Counter(redis=4), 6, 8)
    assert totals.left(plan.shares()[plan.arms[0]]) == Share(kills=6, orders=14)
    assert totals.held == {"money": 2}


def test_a_round_that_was_not_fine_is_never_forgotten() -> None:
    assert not Totals.of([row(), row(ok=False), row()]).ok


def test_a_folder_without_a_kill_test_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoTest, match="holds no kill test"):
        Records.resume(tmp_path)


def test_an_arm_survives_two_kills_and_the_records_say_so(tmp_path: Path) -> None:
    arm = next(iter(ARMS))
    plan, settings = Plan((arm,), kills=2, orders=12, seed=SEED), Settings(appendfsync="always")
    records, told = Records.begin(plan, {}, tmp_path), Counter[str]()

    async def fight() -> None:
        ground = Ground(lab, settings, plan, records, asyncio.Event(), lambda whom: told.update([whom]))
        await Campaign(ground, arm).run()

    with start_lab([ARMS[arm]], settings) as lab:
        asyncio.run(fight())
    totals = records.totals(arm)
    assert totals.ok, totals.rounds
    assert (totals.kills.total(), told[arm]) == (2, 3)
    assert totals.accepted >= 12
    assert all(kill["recovery_s"] > 0 for kill in totals.recoveries())
    assert totals.held["every_order_closed"] == 1
