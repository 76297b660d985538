"""A race for the last units: who wins is nobody's fault, how many win is; a real lab sells exactly what there is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks import checkers, history
from benchmarks.arrivals import CROWD
from benchmarks.checkers.races import FIRST_COME
from benchmarks.history import Snapshot
from benchmarks.judge import judge
from benchmarks.rows import read_rows, write_rows
from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import LAST_UNIT, LAST_UNITS, catalogue
from common.settings import Settings
from common.store.connect import Credentials
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab
from tests.benchmarks.histories import DECLINED, FORWARD, OUT_OF_STOCK, History, Row, load
from tests.benchmarks.synthetic import Shape, write
from tests.crowd import client_of
from tests.waiting import until

RACING = ("orchestration-streams", "choreography-http")  # both patterns and two wires
SEED, CROWDS = 11, 4
SETTINGS = Settings()


def test_who_wins_a_race_may_win_it_and_who_loses_it_may_lose_it() -> None:
    assert failed(sold_out_by("first"), load({"first": FIRST_COME, "second": FIRST_COME})) == {}


def test_a_race_does_not_excuse_another_reason() -> None:
    declined = History().order("second", *DECLINED, reason="payment_declined")
    assert "honest_refusals" in failed(declined, load({"second": FIRST_COME}))


def test_who_is_turned_away_while_there_is_enough_is_wronged() -> None:
    left = History(stock=4).order("first", *FORWARD).order("second", *OUT_OF_STOCK, reason="out_of_stock")
    told = failed(left, load({"first": FIRST_COME, "second": FIRST_COME}))
    assert list(told) == ["honest_refusals"]
    assert "at rest there is enough" in told["honest_refusals"]


def test_units_that_were_given_back_may_have_come_too_late() -> None:
    undone = (
        History(stock=2)
        .order("first", *DECLINED, reason="payment_declined")
        .order("second", *OUT_OF_STOCK, reason="out_of_stock")
    )
    assert failed(undone, load({"first": "payment_declined", "second": FIRST_COME})) == {}


def test_selling_a_unit_that_is_not_there_is_noticed() -> None:
    assert "never_below_zero" in failed(History(stock=3).order("first", *FORWARD).order("second", *FORWARD))


def test_arms_may_have_other_winners_and_not_another_number_of_them() -> None:
    other = [runner("a", 1, True), runner("a", 2, False), runner("b", 1, False), runner("b", 2, True)]
    check = checkers.same_answer(other)
    assert (check.ok, check.looked_at) == (True, 2)
    assert "1 were served in every arm" in check.detail
    more = [*other[:3], runner("b", 2, False)]
    assert "a served 1, b served 0" in checkers.same_answer(more).detail
    assert not checkers.same_answer(more).ok


def test_winners_are_not_counted_where_somebody_got_no_answer() -> None:
    rows = [runner("a", 1, True), runner("a", 2, False), runner("b", 1, False), runner("b", 2, False)]
    check = checkers.same_answer([*rows[:3], rows[3] | {"reason": "deadline"}])
    assert check.ok
    assert "winners not compared" in check.detail


def test_a_race_is_at_the_same_price_everywhere() -> None:
    assert not checkers.same_answer([runner("a", 1, True), runner("b", 1, True) | {"amount_cents": 9}]).ok


def test_phases_that_ask_for_the_same_orders_again_are_all_compared(tmp_path: Path) -> None:
    before = compared(write(tmp_path, Shape(pairs=2, block_s=0.5, fault_s=4.0)))
    blocks = [row | {"seed": 7} for row in read_rows(tmp_path / "blocks.ndjson")]
    write_rows(tmp_path / "blocks.ndjson", blocks)
    assert compared(tmp_path) == before
    assert before[1] > 0


def test_races_are_not_compared_between_arms_where_others_were_disturbed_by_a_fault(tmp_path: Path) -> None:
    folder = write(tmp_path, Shape(pairs=2, block_s=0.5, fault_s=4.0))
    rows = list(read_rows(folder / "orders.ndjson"))
    chosen = next(row for row in rows if row["status"] == "completed" and row["block"] == 0)
    race = [row | {"expected": FIRST_COME} if row["index"] == chosen["index"] else row for row in rows]
    disturbed = [block["block"] for block in read_rows(folder / "blocks.ndjson") if block["phase"] == "fault"]
    before = compared(folder)
    write_rows(folder / "orders.ndjson", race)
    assert {row["block"] for row in race if row["expected"] == FIRST_COME} & set(disturbed)
    assert compared(folder)[0]
    assert compared(folder)[1] < before[1]


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab([ARMS[arm] for arm in RACING], SETTINGS) as client:
        yield client


@pytest.fixture(scope="module")
def raced(lab: LabClient) -> dict[str, list[Row]]:
    """Each arm's load rows of some crowds, each crowd's customers all at once."""
    return {arm: crowded(arm, lab.status()["arms"][arm]["door"]) for arm in RACING}


def test_exactly_the_units_that_there_are_are_sold_in_each_arm(raced: dict[str, list[Row]]) -> None:
    for arm, rows in raced.items():
        for crowd in range(CROWDS):
            ends = [(row["status"], row["reason"]) for row in rows if row["index"] // CROWD == crowd]
            assert len(ends) == CROWD
            assert ends.count(("completed", None)) == LAST_UNITS, f"{arm}, seed {SEED}, crowd {crowd}"
            assert ends.count(("cancelled", "out_of_stock")) == CROWD - LAST_UNITS, f"{arm}, seed {SEED}"


def test_the_audit_of_a_race_is_clean(lab: LabClient, raced: dict[str, list[Row]]) -> None:
    for arm, rows in raced.items():
        snapshot = rested(lab.credentials(arm, "auditor"), arm)
        checks = checkers.check(snapshot.events, snapshot.state, rows, True, [])
        assert {check.id: check.detail for check in checks if not check.ok} == {}, arm
        honest = next(check for check in checks if check.id == "honest_refusals")
        assert honest.looked_at == CROWDS * CROWD
        assert "came too late for the last units" in honest.detail
        (counters,) = (row for row in snapshot.state if row["kind"] == "counters" and row["service"] == "inventory")
        last = {name: units for name, units in counters["now"].items() if name.startswith(f"stock:{LAST_UNIT}")}
        assert list(last.values()).count(0) == CROWDS, f"{arm}: some items are sold out, the others untouched"
        assert sum(last.values()) == LAST_UNITS * (len(last) - CROWDS)


def test_arms_that_raced_gave_the_same_answer(raced: dict[str, list[Row]]) -> None:
    check = checkers.same_answer([row | {"seed": SEED} for rows in raced.values() for row in rows], RACING)
    assert (check.ok, check.looked_at) == (True, CROWDS * CROWD), check.detail


def rested(auditor: Credentials, arm: str) -> Snapshot:
    async def at_rest() -> bool:
        return not history.open_orders(auditor)

    asyncio.run(until(at_rest, f"{arm} at rest"))
    return history.collect(auditor, arm)


def crowded(arm: str, door: str) -> list[Row]:
    workload = Workload(SEED, SCENARIOS["last-unit"], catalogue(SETTINGS.seed, SETTINGS.skus))
    with client_of(CROWD, timeout_s=15) as client, ThreadPoolExecutor(CROWD) as customers:

        def placed(index: int) -> Row:
            wish = workload.order(index)
            headers = {"Content-Type": "application/json", "Prefer": "wait=9"}
            told = client.post(f"{door}/orders", content=wish.body, headers=headers).json()
            known = {"arm": arm, "index": index, "expected": wish.expected, "amount_cents": wish.amount_cents}
            return known | {name: told.get(name) for name in ("order_id", "status", "reason")}

        return [
            row for crowd in range(CROWDS) for row in customers.map(placed, range(crowd * CROWD, (crowd + 1) * CROWD))
        ]


def compared(folder: Path) -> tuple[bool, int]:
    """Whether the arms of a run gave the same answer, over how many orders."""
    check = next(check for check in judge(folder)["checks"] if check["id"] == "same_answer")
    return check["ok"], check["looked_at"]


def sold_out_by(winner: str) -> History:
    """Two units, one winner of both, and one who comes too late."""
    return History(stock=2).order(winner, *FORWARD).order("second", *OUT_OF_STOCK, reason="out_of_stock")


def failed(told: History, orders: list[Row] | None = None) -> dict[str, str]:
    """The checks that say no, and what they say."""
    return {check.id: check.detail for check in checkers.check(told.events, told.state(), orders) if not check.ok}


def runner(arm: str, index: int, won: bool) -> dict[str, Any]:
    """What an arm made of one who raced."""
    ended = {"status": "completed", "reason": ""} if won else {"status": "cancelled", "reason": "out_of_stock"}
    return {"arm": arm, "seed": 7, "index": index, "expected": FIRST_COME, "amount_cents": 350} | ended
