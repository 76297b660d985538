"""Which to choose is said by rule: from verdicts, with their doubt, and never beyond what was measured."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks.judge import judge
from tests.benchmarks.conditioned import Summary, again, conditioned, floored
from tests.benchmarks.synthetic import FIVE, TWO, Shape, write

A, B = TWO
ON_HTTP = ("orchestration-http", "choreography-http")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """A judged run of two arms that differ in pattern and wire."""
    return judge(write(tmp_path_factory.mktemp("two"), Shape(pairs=10, rate=20.0, fault_s=0.5)))


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """A judged run of all arms, in conditions."""
    shape = Shape(pairs=10, rate=20.0, fault_s=0.5, arms=FIVE)
    return conditioned(judge(write(tmp_path_factory.mktemp("five"), shape)))


def set_to(summary: Summary, measure: str, verdict: str, **values: Any) -> Summary:
    """With another outcome in a measure, in every condition; told anew."""
    made = deepcopy(summary)
    for part in (made, *made["conditions"]):
        for row in part["comparisons"]:
            if row["measure"] == measure:
                row |= {"verdict": verdict, **values}
    return again(made)


def advice(summary: Summary) -> str:
    """All that is advised."""
    return " ".join(summary["choosing"]["choose"])


def carried(summary: Summary) -> str:
    """All that is said of how far it carries."""
    return " ".join(summary["choosing"]["carries"])


def test_a_shown_difference_is_advised_with_its_interval_and_of_how_much(two: Summary) -> None:
    row = next(row for row in two["comparisons"] if row["measure"] == "closed_ms_p50")
    assert f"{B[0].upper()}{B[1:]} closes orders sooner, by " in advice(two)
    low, high = row["interval"]
    assert f"[{low:.1f}, {high:.1f}] of " in advice(two)
    assert "So choreography-streams, by time and cost." in advice(two)
    assert "Pattern and transport differ between these two arms" in advice(two)


def test_on_each_wire_the_patterns_are_named_and_not_the_arms(five: Summary) -> None:
    over_http = next(each for each in five["choosing"]["choose"] if each.startswith("Over http: "))
    assert over_http.startswith("Over http: choreography closes orders sooner, by ")
    assert any(each.startswith("In choreography, streams or http: ") for each in five["choosing"]["choose"])
    assert "Pattern and transport differ" not in advice(five)


def test_a_small_difference_hardly_matters_and_a_cost_may_tip_the_other_way(two: Summary) -> None:
    plain = conditioned(two, rates=(60.0,), work=False)
    values = {"difference": 1.3, "interval": [0.6, 2.0], "a_value": 16.2, "b_value": 14.9}
    hardly = set_to(plain, "closed_ms_p50", f"{A} higher", **values)
    assert f"The arm hardly matters for time ({B} less by 1.3 ms [0.60, 2.0] of 16 ms)" in advice(hardly)
    assert "So choreography-streams, by cost." in advice(hardly)
    dearer = {"difference": -3.0, "interval": [-3.4, -2.6], "a_value": 4.0, "b_value": 7.0}
    torn = set_to(plain, "cpu_ms_per_order", f"{A} lower", **dearer)
    assert "So choreography-streams for time, orchestration-http for cost." in advice(torn)


def test_where_no_difference_is_shown_that_is_said_with_the_most_it_could_be(two: Summary) -> None:
    values = {"difference": 0.3, "interval": [-0.7, 1.3], "a_value": 16.2, "b_value": 15.9}
    plain = conditioned(two, rates=(60.0,), work=False)
    none = set_to(plain, "closed_ms_p50", "no difference shown", **values)
    assert "o difference in time shown (if there is one, at most 1.3 ms of 16 ms)" in advice(none)
    cost = {"difference": 0.1, "interval": [-0.2, 0.4], "a_value": 7.0, "b_value": 6.9}
    neither = set_to(none, "cpu_ms_per_order", "no difference shown", **cost)
    assert "By these figures there is little to choose." in advice(neither)


@pytest.mark.parametrize("verdict", ["no verdict: 4 blocks a side, 10 are needed", "unknown: not reached"])
def test_without_a_verdict_nothing_is_chosen(two: Summary, verdict: str) -> None:
    plain = conditioned(two, rates=(60.0,), work=False)
    unsure = set_to(set_to(plain, "closed_ms_p50", verdict), "cpu_ms_per_order", verdict)
    assert "No choice by time or cost: there is no verdict" in advice(unsure)
    assert "sooner" not in advice(unsure)
    assert "So " not in advice(unsure)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"partial": True}, "the run was interrupted"),
        ({"refusals": ["appendfsync differs"], "unequal": ["appendfsync differs"]}, "the arms are not compared"),
        ({"phase": "control"}, "what a fault does"),
        ({"checks": [{"id": "load_kept_up", "ok": False, "looked_at": 1, "detail": "", "arm": None}]}, "the load was"),
        ({"checks": [{"id": "single_charge", "ok": False, "looked_at": 1, "detail": "", "arm": A}]}, "single charge"),
    ],
)
def test_a_run_that_is_not_fit_for_it_gives_no_advice_and_says_why(
    two: Summary, changed: dict[str, Any], why: str
) -> None:
    told = again(deepcopy(two) | changed)["choosing"]
    assert why in told["withheld"]
    assert told["choose"] == []
    assert told["carries"], "how far it would carry is said all the same"


def test_of_one_arm_there_is_nothing_to_choose(tmp_path: Path) -> None:
    one = judge(write(tmp_path, Shape(pairs=2, rate=20.0, fault_s=0.5, arms=FIVE[:1])))
    assert one["choosing"]["withheld"] == "only one arm ran"


def test_an_interval_that_holds_nothing_at_all_is_told_as_no_difference_seen(two: Summary) -> None:
    told = set_to(two, "closed_ms_p50", "no verdict: 3 blocks a side, 10 are needed", interval=[-49.0, 197.0])
    sentence = next(each["text"] for each in told["findings"] if "closed an order in" in each["text"])
    assert "no difference seen" in sentence
    assert "longer" not in sentence


def test_a_machine_that_was_busy_is_told_on_top_and_a_quiet_one_is_not(two: Summary) -> None:
    busy, quiet = (again(two | {"load_before": load, "cores": 2}) for load in (7.3, 0.4))
    assert any("busy when this run began (load average 7.3 on 2 cores)" in each for each in busy["headline"])
    assert not any("busy" in each for each in quiet["headline"])


def test_of_many_verdicts_it_is_said_how_many_chance_gives(five: Summary, two: Summary) -> None:
    assert "by chance" in carried(five) or len(five["comparisons"]) < 20
    few = two | {"comparisons": two["comparisons"][:2], "conditions": []}
    assert "by chance" not in carried(again(few))


def test_nothing_is_claimed_beyond_the_rates_that_were_measured(five: Summary, two: Summary) -> None:
    assert "at 30, 60 and 120 orders/s" in carried(five)
    assert "at every rate that was judged (30, 60 and 120 orders/s)" in advice(five)
    assert "at 20 orders/s" in carried(two)
    assert "every rate" not in advice(two)
    for sentence in (*five["choosing"]["choose"], *two["choosing"]["choose"]):
        assert "always" not in sentence
        assert "faster" not in sentence


def test_a_verdict_that_turns_with_the_rate_is_told_rate_by_rate(two: Summary) -> None:
    turned = conditioned(two, work=False)
    for condition in turned["conditions"]:
        for row in condition["comparisons"]:
            if condition["rate"] == 120.0 and row["measure"] == "closed_ms_p50":
                row |= {"difference": -4.0, "interval": [-5.0, -3.0], "verdict": f"{A} lower"}
    told = advice(again(turned))
    assert "Who closes orders sooner depends on the rate" in told
    assert f"{B} at 60/s and {A} at 120/s" in told


def test_a_rate_that_an_arm_did_not_carry_is_no_ground_for_a_choice(two: Summary) -> None:
    refused = conditioned(two, work=False)
    nothing = dict.fromkeys(("difference", "interval"))
    for row in refused["conditions"][-1]["comparisons"]:
        row |= {**nothing, "verdict": "refused: 120/s is more than it carries"}
    told = again(refused)
    assert "every rate that was judged (30 and 60 orders/s)" in advice(told)
    assert "120/s" not in " ".join(each["text"] for each in told["findings"] if each["kind"] == "conditions")


def test_what_the_difference_weighs_beside_work_is_told_or_that_it_is_not_known(five: Summary, two: Summary) -> None:
    assert "Beside 5 ms of work in each operation" in carried(five)
    assert " %). Other work, other shares." in carried(five)
    assert "No work was put into the services" in carried(two)


def test_the_noise_floor_is_named_with_its_run_or_how_to_have_one(two: Summary) -> None:
    assert "`harmony run calibrate` measures it" in carried(two)
    assert "is of another machine" not in carried(two)
    missing = {"noise_floor_missing": "the noise floor in noise-floor.json is of another machine (one with 64 cores)"}
    assert "The noise floor in noise-floor.json is of another machine (one" in carried(again(deepcopy(two) | missing))
    known = floored(conditioned(two), {"closed_ms_p50": 0.9, "cpu_ms_per_order": 0.031})
    assert "20261126T010000Z-calibrate" in carried(known)
    assert "closed, median 90 % and processor time per order 3.1 %" in carried(known)
    assert f"here {A} and {B}, closed, median." in carried(known)
    known["noise_floor"]["arms"] = [A]
    assert f"; {B} had no part in that and borrowed it. " in carried(again(known))
    assert "o difference in time shown" in advice(known)


def test_sentences_on_conditions_have_the_work_and_the_common_cost(two: Summary) -> None:
    told = [each["text"] for each in conditioned(two)["findings"] if each["kind"] == "conditions"]
    rates, work, cost = told
    assert rates.startswith("From 30 to 120 orders/s the median until closed goes from ")
    assert "34 ms were that work, and coordination added" in work
    assert cost.startswith("At equal cost, 400 ms of processor time a second, ")


def test_a_run_with_one_condition_has_no_sentences_on_conditions(two: Summary) -> None:
    assert not [each for each in two["findings"] if each["kind"] == "conditions"]
