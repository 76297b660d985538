"""Injected work is the same in every arm, is really waited for, is gone when its blocks are over, and is found again in
the records to the last order."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median, stdev
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from benchmarks import runner, working
from benchmarks.experiments import latency
from benchmarks.judge import judge
from benchmarks.judge.conditions import names
from benchmarks.judge.run import Run
from benchmarks.judge.work import less_work, work_of
from benchmarks.plan import Experiment, Injected
from benchmarks.rows import Row
from common.domain.model import OrderLine
from common.faults import Fault, Faults
from common.settings import Settings
from common.work import Work
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab
from tests.orders import an_order
from tests.waiting import until

SEED = 7
QUEUED, DANCED = "orchestration-rq", "choreography-streams"
WORK = Work(median_ms=5.0, sigma=0.5, seed=SEED)
TIMER_MS = 1.0  # an event loop's timers go by whole milliseconds


def short() -> Experiment:
    """The experiment of `harmony run latency` at a tiny size."""
    whole = latency.of((20.0,), pairs=1, work_ms=10.0)
    return replace(whole, phases=tuple(replace(phase, seconds=0.8) for phase in whole.phases), restarts=1)


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    settings = Settings(seed=SEED)
    with start_lab([ARMS[arm].with_replicas({"payment": 2}) for arm in (QUEUED, DANCED)], settings) as client:
        yield client


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, lab: LabClient) -> Path:
    out = tmp_path_factory.mktemp("runs")
    return runner.record(short(), (QUEUED, DANCED), SEED, out=out, settings=Settings(seed=SEED), lab=lab)


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return Run.read(folder)


def test_a_draw_hangs_on_what_was_asked_for_and_on_nothing_that_differs_between_arms() -> None:
    order = replace(an_order(), lines=(OrderLine("sku-0001", 2, 100), OrderLine("sku-0002", 1, 300)))
    elsewhere = replace(order, order_id="another", placed_ms=1, deadline_ms=2, lines=order.lines[::-1])
    assert WORK.drawn_ms("charge", order) == WORK.drawn_ms("charge", elsewhere)
    others = [
        WORK.drawn_ms("reserve", order),
        replace(WORK, seed=8).drawn_ms("charge", order),
        WORK.drawn_ms("charge", replace(order, customer_id="somebody-else")),
        WORK.drawn_ms("charge", replace(order, address="elsewhere")),
        WORK.drawn_ms("charge", replace(order, lines=order.lines[:1])),
    ]
    assert len({WORK.drawn_ms("charge", order), *others}) == 6


def test_draws_are_log_normal_with_the_median_and_spread_that_were_asked_for() -> None:
    logs = [math.log(WORK.drawn_ms("charge", replace(an_order(), customer_id=f"c-{at}"))) for at in range(4_000)]
    assert math.exp(median(logs)) == pytest.approx(5.0, rel=0.03)
    assert stdev(logs) == pytest.approx(0.5, rel=0.04)
    beyond = sum(log > math.log(5.0) + 2 * 0.5 for log in logs) / len(logs)
    assert beyond == pytest.approx(0.0228, abs=0.008), "two spreads above the median: 2.3 % of a normal's"
    drawn = [math.exp(log) for log in logs]
    assert sum(drawn) / len(drawn) == pytest.approx(WORK.mean_ms, rel=0.03)


def test_work_is_put_on_beside_other_faults_and_ends_with_them() -> None:
    faults, order = Faults(), an_order()
    faults.inject(Fault(fault="work", operation="charge", median_ms=5.0, sigma=0.5, seed=SEED))
    drawn_s = WORK.drawn_ms("refund", order) / 1000
    assert faults.delay_s("refund", order) == drawn_s, "every operation has some, whichever was named"
    faults.inject(Fault(fault="slow", operation="refund", delay_ms=300))
    assert faults.delay_s("refund", order) == pytest.approx(drawn_s + 0.3)
    assert {fault.operation for fault in faults.active()} == {"*", "refund"}
    faults.clear()
    assert faults.delay_s("refund", order) == 0.0


@pytest.mark.parametrize("kind", ["slow", "fail", "crash"])
def test_only_work_is_put_on_all_operations_and_nothing_hides_it(kind: Literal["slow", "fail", "crash"]) -> None:
    with pytest.raises(ValidationError, match="only work is put on all"):
        Fault(fault=kind, operation="*", point="commit.after")
    faults = Faults()
    faults.inject(Fault(fault="work", operation="*", median_ms=5.0))
    faults.inject(Fault(fault=kind, operation="refund", point="commit.after"))
    assert {fault.fault for fault in faults.active()} == {"work", kind}
    assert faults.delay_s("charge", an_order()) == pytest.approx(0.005), "the others go on to work"


def test_every_operation_of_every_arm_took_at_least_what_the_judge_draws_for_it(run: Run) -> None:
    under = run.under("20/s with work")
    work = work_of(under)
    assert work == Work(10.0, latency.SIGMA, SEED)
    less = less_work(under, work)
    for arm in (QUEUED, DANCED):
        closed = [row for row in less.rows(arm) if row["closed_ms"] is not None]
        assert len(closed) >= 6, arm
        for row in closed:
            left_ms = row["closed_ms"] - row["due_ms"]
            assert left_ms >= -6 * TIMER_MS, f"{row['order_id']} of {arm} waited less than its work, seed {SEED}"
            assert row["work_ms"] > 10.0
        plain = min(row["closed_ms"] - row["due_ms"] for row in run.under("20/s").rows(arm) if row["closed_ms"])
        assert min(row["closed_ms"] - row["due_ms"] for row in closed) < plain + 60.0, "and all of it is taken off"


def test_an_order_has_the_same_work_in_every_arm(run: Run) -> None:
    less = less_work(under := run.under("20/s with work"), work_of(under) or WORK)
    works: dict[int, set[float]] = {}
    for row in less.orders:
        if row["status"] == "completed":
            works.setdefault(row["index"], set()).add(round(row["work_ms"], 6))
    assert len(works) >= 5
    assert all(len(each) == 1 for each in works.values()), works


def test_no_other_block_has_any_and_none_is_left(run: Run, lab: LabClient) -> None:
    assert [names(run), work_of(run.under("20/s"))] == [["20/s", "20/s with work"], None]
    quickest = {
        name: min(row["closed_ms"] - row["due_ms"] for row in run.under(name).rows(DANCED) if row["closed_ms"])
        for name in names(run)
    }
    assert quickest["20/s"] < quickest["20/s with work"] - 20.0, "six operations of 10 ms each"
    assert len(working.without(lab, (QUEUED, DANCED), SEED)) == len(_processes(lab)), "off everywhere"
    assert run.manifest["work_lost"] == []


def test_each_condition_is_in_the_summary(folder: Path) -> None:
    summary = judge(folder)
    plain, worked = summary["conditions"]
    assert (plain["reference"], plain["work"], worked["reference"]) == (True, None, False)
    for arm in (QUEUED, DANCED):
        assert plain["arms"][arm]["coordination_ms"] is None
        seen = worked["arms"][arm]
        spared = seen["latency_ms"]["closed"]["p50"] - seen["coordination_ms"]["closed"]["p50"]
        assert spared == pytest.approx(seen["work_ms"]["p50"], rel=0.5)
        assert seen["cpu_ms_per_s"] > 0
    assert any("No verdict is given: 1 block a side" in sentence for sentence in summary["caveats"])


def test_a_process_that_is_started_anew_has_lost_its_work_and_is_named(lab: LabClient, run: Run) -> None:
    working.put_on(lab, (DANCED,), Injected(10.0, 0.5), SEED, seconds=1.0)
    assert working.without(lab, (DANCED,), SEED) == []
    lab.kill(DANCED, "payment-2")

    async def named() -> bool:
        return working.without(lab, (DANCED,), SEED) == [f"payment-2 of {DANCED}"]

    asyncio.run(until(named, "payment-2 answers, and has no work"))
    working.take_off(lab, (DANCED,))


def _processes(lab: LabClient) -> list[Row]:
    arms: dict[str, Any] = lab.status()["arms"]
    return [each for arm in arms.values() for each in arm["processes"] if each["service"] != "redis"]
