"""Conditions are judged as runs of their own, and latency at equal cost is read off their curves: tried on made-up
blocks whose truth is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from benchmarks.history import Snapshot
from benchmarks.judge.clocks import arm_latencies
from benchmarks.judge.conditions import beyond_easy, conditions, names, rates_carried, too_few
from benchmarks.judge.equal_cost import equal_cost, out_of_reach
from benchmarks.judge.run import Run
from benchmarks.rows import Row
from common.domain.model import Order, OrderLine
from common.work import Work

A, B = "orchestration-http", "choreography-streams"
SQUARE = ("orchestration-http", "choreography-http", "orchestration-streams", "choreography-streams")
SEED, STARTS, PAIRS, ORDERS, SECONDS = 7, 3, 4, 20, 1.5
WORK = Work(median_ms=5.0, sigma=0.5, seed=SEED)
OPERATIONS = ("place", "reserve", "charge", "ship", "confirm", "complete")


@dataclass(frozen=True)
class Truth:
    """What is true of an arm: how long an order takes (ms) and what it costs (CPU ms), at a rate (orders/s)."""

    takes_ms: Callable[[float], float]
    costs_ms: float


FAIR = {A: Truth(lambda rate: 10 + rate / 10, 10.0), B: Truth(lambda rate: 8 + rate / 20, 5.0)}


def made(
    truths: dict[str, Truth], rates: Sequence[float] = (30.0, 60.0, 120.0), work: Work | None = None, **manifest: Any
) -> Run:
    """A run of these arms at these rates, 60/s the reference, and once more with work."""
    each = [(rate, None) for rate in rates] + ([(60.0, work)] if work else [])
    blocks: list[Row] = []
    orders: list[Row] = []
    events: list[Row] = []
    for rate, injected in each:
        for number in range(STARTS * PAIRS):
            for arm, truth in truths.items():
                block = a_block(arm, len(blocks), rate, number, truth, injected)
                blocks.append(block)
                for index in range(ORDERS):
                    row, happened = an_order(block, index, truth, injected)
                    orders.append(row)
                    events += happened
    plan = [{"kind": "measure", "condition": condition_of(rate, injected), "pairs": PAIRS} for rate, injected in each]
    told = {"arms": list(truths), "seed": SEED, "ended": "now", "plan": plan, "restarts": STARTS} | manifest
    history = {arm: Snapshot([event for event in events if event["arm"] == arm], []) for arm in truths}
    return Run(told, tuple(blocks), tuple(orders), (), history)


def condition_of(rate: float, work: Work | None) -> str:
    return f"{rate:g}/s{' with work' if work else ''}"


def a_block(arm: str, number: int, rate: float, pair: int, truth: Truth, work: Work | None) -> Row:
    dice = random.Random(f"{arm}:{number}")
    used = truth.costs_ms * rate * SECONDS * dice.gauss(1, 0.01)
    told = {"median_ms": work.median_ms, "sigma": work.sigma} if work else None
    return {
        "arm": arm,
        "block": number,
        "pair": pair,
        "phase": "measure" if rate == 60.0 and not work else "beside",
        "condition": condition_of(rate, work),
        "work": told,
        "restart": pair // PAIRS,
        "seed": pair,
        "rate": rate,
        "seconds": SECONDS,
        "started_ms": number * 10_000.0,
        "ended_ms": number * 10_000.0 + SECONDS * 1000 + 30,
        "drained": True,
        "skipped": 0,
        "cpu_ms": {"redis": used / 2, "order-1": used / 2},
    }


def an_order(block: Row, index: int, truth: Truth, work: Work | None) -> tuple[Row, list[Row]]:
    """One order: an equal part of its time before each commit, and its work besides, the same in every arm."""
    dice = random.Random(f"{block['arm']}:{block['block']}:{index}")
    due_ms, order_id = block["started_ms"] + index * 50.0, f"{block['arm']}-{block['block']}-{index}"
    order = Order(order_id, f"c-{block['pair']}-{index}", (OrderLine("sku-1", 1, 700),), "Street 1", 0, 1)
    at_ms, events = due_ms, []
    for operation in OPERATIONS:
        at_ms += truth.takes_ms(block["rate"]) * dice.gauss(1, 0.02) / len(OPERATIONS)
        at_ms += work.drawn_ms(operation, order) if work else 0.0
        data = {"order": {name: getattr(order, name) for name in order.__slots__} | {"lines": [LINE]}}
        events.append(
            {"arm": block["arm"], "id": f"{order_id}/{operation}", "subject": order_id, "time_ms": at_ms, "data": data}
        )
    row = {"arm": block["arm"], "block": block["block"], "index": index, "order_id": order_id, "due_ms": due_ms}
    row |= {"sent_ms": due_ms, "accepted_ms": due_ms + 2, "decided_ms": events[2]["time_ms"], "closed_ms": at_ms}
    return row | {"status": "completed", "reason": None, "expected": "completed"}, events


LINE = {"sku": "sku-1", "quantity": 1, "price_cents": 700}


def row_of(rows: Sequence[Row], measure: str, **which: str) -> Row:
    return next(row for row in rows if row["measure"] == measure and which.items() <= row.items())


def under(run: Run, name: str) -> Row:
    return next(each for each in conditions(run) if each["id"] == name)


def test_each_rate_has_figures_intervals_and_verdicts_of_its_own() -> None:
    run = made(FAIR)
    assert [(each["id"], each["reference"]) for each in conditions(run)] == [
        ("30/s", False),
        ("60/s", True),
        ("120/s", False),
    ]
    for rate, wanted in ((30, 3.5), (60, 5.0), (120, 8.0)):
        seen = under(run, f"{rate}/s")
        closed = row_of(seen["comparisons"], "closed_ms_p50")
        assert closed["difference"] == pytest.approx(wanted, abs=0.2)
        assert closed["interval"][0] < closed["difference"] < closed["interval"][1]
        assert (closed["verdict"], closed["blocks"], closed["starts"]) == (f"{A} higher", STARTS * PAIRS, STARTS)
        assert seen["arms"][A]["cpu_ms_per_s"] == pytest.approx(10 * rate, rel=0.02)
        assert seen["arms"][A]["orders"]["due"] == STARTS * PAIRS * ORDERS
        assert (seen["work"], seen["arms"][A]["coordination_ms"]) == (None, None)


def test_the_effects_of_pattern_and_wire_are_told_in_each_condition() -> None:
    def takes(arm: str) -> Callable[[float], float]:
        return lambda rate: 10 + (arm[0] == "o") * rate / 20 + arm.endswith("http")

    truths = {arm: Truth(takes(arm), 5.0) for arm in SQUARE}
    for rate, wanted in ((30, 1.5), (120, 6.0)):
        rows = under(made(truths), f"{rate}/s")["effects"]
        assert row_of(rows, "closed_ms_p50", factor="pattern")["difference"] == pytest.approx(wanted, abs=0.2)
        assert row_of(rows, "closed_ms_p50", factor="transport")["difference"] == pytest.approx(1.0, abs=0.2)
        assert row_of(rows, "closed_ms_p50", factor="interaction")["verdict"] == "no difference shown"


def test_what_is_left_without_the_work_is_the_overhead_that_was_put_in() -> None:
    seen = under(made(FAIR, work=WORK), "60/s with work")
    assert seen["work"] == {"median_ms": 5.0, "sigma": 0.5, "mean_ms": pytest.approx(5.666)}
    for arm, (decided, closed) in {A: (8.0, 16.0), B: (5.5, 11.0)}.items():
        left = seen["arms"][arm]["coordination_ms"]
        assert left["closed"]["p50"] == pytest.approx(closed, rel=0.02)
        assert left["decided"]["p50"] == pytest.approx(decided, rel=0.02), (
            "only the operations until then are taken off"
        )
        assert left["closed"]["count"] == STARTS * PAIRS * ORDERS
    assert seen["arms"][A]["work_ms"] == seen["arms"][B]["work_ms"], "the same draws, though the ids differ"
    assert seen["arms"][A]["work_ms"]["mean"] == pytest.approx(6 * WORK.mean_ms, rel=0.05)
    row = row_of(seen["comparisons"], "coordination_closed_ms_p50")
    assert (row["difference"], row["verdict"]) == (pytest.approx(5.0, abs=0.1), f"{A} higher")
    assert row_of(seen["comparisons"], "coordination_decided_ms_p50")["difference"] == pytest.approx(2.5, abs=0.1)


def test_an_order_that_never_closed_stays_unfinished_when_the_work_is_taken_off() -> None:
    run = made(FAIR, work=WORK)
    lost = {"closed_ms": None, "decided_ms": None, "status": "open"}
    worked = {block["block"] for block in run.blocks if block["work"]}
    orders = tuple(row | lost if row["index"] == 0 and row["block"] in worked else row for row in run.orders)
    left = under(replace(run, orders=orders), "60/s with work")["arms"][A]["coordination_ms"]["closed"]
    assert (left["count"], left["censored"]) == (STARTS * PAIRS * ORDERS, STARTS * PAIRS)


def test_at_equal_cost_each_arm_is_read_off_its_own_row_of_rates() -> None:
    row = row_of(equal_cost(made(FAIR)), "closed_ms_p50")
    # A uses 300 to 1,200 ms of processor a second, B 150 to 600: 450 lies in the middle of what both have seen
    assert row["cpu_ms_per_s"] == pytest.approx(450, rel=0.02)
    assert (row["a_rate"], row["b_rate"]) == (pytest.approx(45, rel=0.02), pytest.approx(90, rel=0.02))
    assert (row["a_value"], row["b_value"]) == (pytest.approx(14.5, rel=0.02), pytest.approx(12.5, rel=0.02))
    assert row["interval"][0] < row["difference"] < row["interval"][1]
    assert (row["difference"], row["verdict"]) == (pytest.approx(2.0, abs=0.2), f"{A} higher")
    assert (row["blocks"], row["starts"]) == (STARTS * PAIRS, STARTS)


def test_outside_of_what_both_arms_have_measured_nothing_is_said_at_equal_cost() -> None:
    dear = FAIR | {A: Truth(FAIR[A].takes_ms, 25.0)}  # 750 ms a second at its lowest rate, 600 the other's highest
    assert equal_cost(made(dear)) == []
    [why] = out_of_reach(made(dear))
    assert (why["a"], why["b"]) == (A, B)
    assert why["a_cpu_ms_per_s"] == pytest.approx([750, 3_000], rel=0.05)
    assert why["b_cpu_ms_per_s"] == pytest.approx([150, 600], rel=0.05)
    assert out_of_reach(made(FAIR)) == []
    assert equal_cost(made(FAIR, rates=(60.0,))) == [], "one rate is no curve"


def test_nothing_is_said_at_equal_cost_when_one_block_has_no_figure() -> None:
    run = made(FAIR)
    blind = next(row["block"] for row in run.blocks if row["rate"] == 30 and row["arm"] == A)
    blocks = tuple(row | {"cpu_ms": {}} if row["block"] == blind else row for row in run.blocks)
    assert equal_cost(run)
    assert equal_cost(replace(run, blocks=blocks)) == []


def test_a_rate_that_was_not_carried_is_not_compared_and_the_others_are() -> None:
    run = made(FAIR, rates=(30.0, 60.0, 90.0, 120.0))
    blocks = tuple(row | {"drained": row["rate"] < 120 or row["arm"] != A} for row in run.blocks)
    beyond = replace(run, blocks=blocks, manifest={**run.manifest, "as_asked": True})
    check = rates_carried(beyond)
    assert check is not None
    assert (check.ok, check.detail.partition(":")[0]) == (False, f"120/s is more than {A} carries on this machine")
    assert row_of(under(beyond, "120/s")["comparisons"], "closed_ms_p50")["verdict"].startswith(
        "refused: 120/s is more"
    )
    assert row_of(under(beyond, "120/s")["comparisons"], "closed_ms_p50")["difference"] is None
    assert row_of(under(beyond, "60/s")["comparisons"], "closed_ms_p50")["verdict"] == f"{A} higher"
    left = row_of(equal_cost(beyond), "closed_ms_p50")
    assert left["cpu_ms_per_s"] == pytest.approx(375, rel=0.03), "as if nobody had asked for 120/s: 300 to 450"
    fine = rates_carried(run)
    assert fine is not None
    assert fine.ok


def test_a_rate_that_nobody_asked_for_by_name_is_a_caveat_when_it_is_too_much_and_no_failed_check() -> None:
    run = made(FAIR)
    high = {row["block"] for row in run.blocks if row["rate"] == 120 and row["arm"] == A}
    blocks = tuple(row | {"drained": row["block"] not in high} for row in run.blocks)
    for asked, ok in ((True, False), (False, True)):
        seen = replace(run, blocks=blocks, manifest={**run.manifest, "as_asked": asked})
        check = rates_carried(seen)
        assert check is not None
        assert check.ok == ok
        assert check.detail.startswith(f"120/s is more than {A} carries on this machine: in 12 of 12 blocks")
        assert bool(beyond_easy(seen)) == ok
        assert row_of(under(seen, "120/s")["comparisons"], "closed_ms_p50")["verdict"].startswith("refused: 120/s")
    low = {row["block"] for row in run.blocks if row["rate"] == 60}
    check = rates_carried(replace(run, blocks=tuple(row | {"drained": row["block"] not in low} for row in run.blocks)))
    assert check is not None
    assert not check.ok, "without its reference a run has no answer"


@pytest.mark.parametrize(
    "change", [{"ended_ms": 9e9}, {"skipped": 3}], ids=["closed long after its load", "arrivals that were not sent"]
)
def test_late_ends_and_unsent_arrivals_are_no_rate_carried(change: Row) -> None:
    run = made(FAIR, rates=(60.0,))
    first, *others = run.blocks
    check = rates_carried(replace(run, blocks=(first | change, *others)))
    assert check is not None
    assert not check.ok


def test_an_arm_that_is_asked_for_twice_what_it_does_does_not_carry_it() -> None:
    """Every block is over 2 s after its load, since it is short: an order takes 2 s longer for each second of load."""
    run = made(FAIR, rates=(60.0,))
    starts = {row["block"]: row["started_ms"] for row in run.blocks}
    late = tuple(
        row | {"closed_ms": row["closed_ms"] + 2 * (row["due_ms"] - starts[row["block"]])} if row["arm"] == A else row
        for row in run.orders
    )
    check = rates_carried(replace(run, orders=late))
    assert check is not None
    assert not check.ok
    assert A in check.detail
    assert B not in check.detail


def test_of_a_run_that_was_cut_short_it_is_not_said_that_its_rates_were_carried() -> None:
    assert rates_carried(made(FAIR, rates=(60.0,), partial=True)) is None


def test_lost_work_is_told_and_its_condition_not_compared() -> None:
    seen = made(FAIR, work=WORK, work_lost=["payment-1 of one lost its injected work in start 2"])
    assert row_of(under(seen, "60/s")["comparisons"], "closed_ms_p50")["verdict"] == f"{A} higher"
    worked = under(seen, "60/s with work")
    verdicts = {row["verdict"] for row in worked["comparisons"]}
    assert verdicts == {"refused: payment-1 of one lost its injected work in start 2"}


def test_a_difference_within_the_machines_share_of_noise_is_none_in_any_condition() -> None:
    floor = {"run": "r", "machine": "m", "relative": {"closed_ms_p50": 0.5}}
    run = made(FAIR, work=WORK, noise_floor=floor)
    for each in conditions(run):
        row = row_of(each["comparisons"], "closed_ms_p50")
        assert row["verdict"] == "no difference shown"
        assert row["noise_floor"] == pytest.approx(0.5 * (row["a_value"] + row["b_value"]) / 2, rel=0.01)
    assert row_of(equal_cost(run), "closed_ms_p50")["verdict"] == "no difference shown"


def test_a_thousandth_is_told_of_a_thousand_orders_and_of_no_fewer() -> None:
    run = made(FAIR, rates=(60.0,))
    few = arm_latencies(run, A)["closed"]
    assert (few["p999"], few["p999_how"]) == (None, "needs 1,000 orders, there are 240")
    many = replace(run, orders=tuple(row | {"block": row["block"]} for row in run.orders for _ in range(5)))
    enough = arm_latencies(many, A)["closed"]
    assert (enough["count"], enough["p999_how"], enough["p999_interval"]) == (1_200, "pooled over 12 blocks", None)
    assert enough["p99"] < enough["p999"] <= enough["max"]


def test_a_run_in_which_nothing_was_varied_has_no_conditions() -> None:
    run = made(FAIR, rates=(60.0,))
    plain = tuple({name: value for name, value in row.items() if name != "condition"} for row in run.blocks)
    old = replace(run, blocks=plain, manifest={**run.manifest, "plan": [{"kind": "measure", "pairs": 12}]})
    assert (names(old), conditions(old), equal_cost(old), rates_carried(old), too_few(old)) == ([], [], [], None, [])


@pytest.mark.parametrize(("pairs", "starts", "said"), [(3, 3, True), (4, 3, False), (12, 1, True)])
def test_that_there_can_be_no_verdict_is_said_in_one_sentence(pairs: int, starts: int, said: bool) -> None:
    plan = [{"kind": "measure", "condition": "60/s", "pairs": pairs}]
    told = too_few(made(FAIR, rates=(60.0,), plan=plan, restarts=starts))
    assert bool(told) == said
    assert all(sentence.startswith("No verdict is given: ") for sentence in told)
