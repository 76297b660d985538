"""The search finds a knee that is known, through noise; records are judged and told as they are."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks.capacity import judging, plan, telling
from benchmarks.capacity.outcome import outcome, throughput
from benchmarks.capacity.recording import busiest
from benchmarks.capacity.search import Try, bracket, knee, next_rate, tallies
from benchmarks.judge.run import RunUnusable
from benchmarks.rows import Row
from tests.benchmarks import capacities
from tests.benchmarks.capacities import ARMS, START_MS, orders


def searched(true: float, noise: float, seed: int, first: float = 60.0) -> list[Try]:
    """What is tried on a machine that carries `true`, give or take a spread of the logarithm."""
    dice, tries = random.Random(seed), list[Try]()
    while (rate := next_rate(tries, first)) is not None and len(tries) < 40:
        tries.append(Try(rate, rate <= true * math.exp(dice.gauss(0, noise))))
    return tries


@pytest.mark.parametrize("true", [9.0, 25.0, 61.0, 130.0, 285.0, 700.0, 3_000.0])
def test_a_sharp_knee_is_found_within_the_resolution_and_a_dozen_probes(true: float) -> None:
    tries = searched(true, 0.0, 1)
    found = knee(tries)
    assert found.rate
    assert found.low
    assert found.high
    assert found.low == found.rate <= true < found.high <= found.rate * plan.RESOLUTION
    assert len(tries) <= plan.PROBES_MAX


def test_through_noise_the_interval_holds_the_knee_nearly_always_and_the_search_ends() -> None:
    held, counts, off = 0, [], []
    for seed in range(200):
        tries = searched(200.0, 0.04, seed)
        found = knee(tries)
        assert found.rate
        held += (found.low or 0) <= 200 * 1.04 and (found.high or math.inf) >= 200 / 1.04
        counts.append(len(tries))
        off.append(abs(math.log(found.rate / 200.0)))
    assert held >= 190
    assert max(counts) <= 30
    assert sorted(counts)[180] <= plan.PROBES_MAX
    assert sorted(off)[180] <= 2 * math.log(plan.RESOLUTION)


def test_one_try_that_had_bad_luck_is_overturned_by_its_repeats() -> None:
    tries = [Try(60, True), Try(120, False)]
    while (rate := next_rate(tries, 60)) is not None:
        tries.append(Try(rate, rate <= 200))
    assert knee(tries).rate == pytest.approx(200, rel=0.1)
    assert tallies(tries)[120][1] == 1


def test_a_machine_that_carries_nothing_and_one_that_carries_all_end_the_search() -> None:
    nothing, everything = searched(0.1, 0, 1), searched(1e9, 0, 1)
    assert knee(nothing).rate is None
    assert min(each.rate for each in nothing) >= 60 / plan.LOWEST
    assert knee(everything).rate == plan.HIGHEST
    assert bracket(tallies(everything))[1] is None


def test_a_steady_load_is_carried_and_one_too_many_piles_up_before_anybody_is_late() -> None:
    steady = outcome(orders(200, 4, lambda _: 0.03), 200, 4, START_MS, 1.0)
    assert (steady.verdict, steady.share) == ("carried", 1.0)
    growing = outcome(orders(200, 4, lambda at: 0.03 + 0.12 * at), 200, 4, START_MS, 1.0)
    assert growing.share == 1.0
    assert growing.verdict == "piles up"


def test_unfinished_orders_are_counted_and_malformed_ones_are_none() -> None:
    rows = orders(100, 4, lambda _: 0.03)
    for row in rows[:5]:
        row["closed_ms"] = None
    rows += [rows[0] | {"expected": "malformed", "order_id": None, "closed_ms": None} for _ in range(50)]
    found = outcome(rows, 100, 4, START_MS, 1.0)
    assert (found.due, found.within, found.verdict) == (400, 395, "too late")


def test_a_load_generator_that_was_late_is_told_from_an_arm_that_was() -> None:
    late = orders(200, 4, lambda at: 0.03 + 0.5 * at, late=lambda at: 0.5 * at)
    assert outcome(late, 200, 4, START_MS, 1.0).verdict == "not sent"
    skipped = orders(200, 4, lambda _: 0.03)
    for row in skipped[-100:]:
        row |= {"sent_ms": None, "closed_ms": None, "order_id": None}
    assert outcome(skipped, 200, 4, START_MS, 1.0).verdict == "not sent"
    both = orders(200, 4, lambda at: 0.03 + at, late=lambda at: 0.3 * at)
    assert outcome(both, 200, 4, START_MS, 1.0).verdict == "piles up"


def test_a_burst_counts_to_the_end_of_nearly_all_and_not_to_a_straggler() -> None:
    rows = orders(1_000, 0.2, lambda at: 1.0 - at + 0.5)
    rows[-1]["closed_ms"] += 5_000
    closed, a_second = throughput(rows)
    assert closed == 200
    assert a_second == pytest.approx(200 * 0.98 / 1.5, rel=0.02)
    for row in rows[:10]:
        row["closed_ms"] = None
    assert throughput(rows) == (190, None)


def test_a_burst_of_which_one_order_could_not_be_sent_has_no_figure() -> None:
    rows = orders(1_000, 0.2, lambda at: 1.0 - at)
    rows[3] |= {"sent_ms": None, "order_id": None, "closed_ms": None}
    assert throughput(rows) == (199, None)


def test_nothing_is_asked_for_that_the_load_generator_cannot_send() -> None:
    arm, knee = ARMS[0], plan.HIGHEST
    for load, course in ((plan.overload(arm, knee, 1), plan.OVERLOADED), (plan.surge(arm, knee, 1), plan.SURGED)):
        assert max(times for _, times in course) * load.rate / plan.mean(course) <= plan.HIGHEST * 1.001
    burst = list(plan.bursts((arm,), {arm: knee}, 0, 1))[-1]
    assert burst.rate == plan.HIGHEST
    assert burst.rate * burst.seconds == pytest.approx(plan.BURST_TIMES * plan.BURST_S * knee)


def test_every_size_has_three_starts_and_the_bracket_is_seen_in_three() -> None:
    assert {plan.VISITS.count(size) for size in plan.SIZES} == {3}
    assert all(plan.VISITS[visit] == 1 for visit in (*plan.CONFIRMED, plan.SURGED_AT))
    assert 1 + len(plan.CONFIRMED) == 3
    assert sum(plan.estimate_s(2).values()) < 360


def test_a_course_has_the_mean_that_its_scenario_says() -> None:
    from benchmarks.shapes import OVERLOAD, SURGE

    for course, shape in ((plan.OVERLOADED, OVERLOAD), (plan.SURGED, SURGE)):
        legs = [(leg.part * plan.length(course), leg.start * plan.mean(course)) for leg in shape.legs]
        assert [each for leg in legs for each in leg] == pytest.approx([each for leg in course for each in leg])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return capacities.folder(tmp_path_factory.mktemp("capacity"))


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    return judging.judge(folder)


def test_a_run_is_judged_and_told_from_its_folder_alone(folder: Path, summary: dict[str, Any]) -> None:
    assert summary["ok"], summary["findings"]
    fast, slow = (summary["arms"][arm]["capacity"] for arm in ARMS)
    assert slow["rate"] <= 200 < slow["interval"][1]
    assert fast["rate"] <= 400 < fast["interval"][1]
    row = summary["comparisons"][0]
    assert (row["verdict"], row["starts"]) == ("higher", 3)
    assert 1 < row["ratio_interval"][0] < 2 < row["ratio_interval"][1]
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == json.loads(json.dumps(summary))
    page = telling.tell(folder).read_text(encoding="utf-8")
    for sentence in summary["findings"]:
        assert sentence.partition("'")[0] in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert len(page) < 2_000_000


def test_who_saturates_first_is_named_and_costs_are_those_at_the_knee(summary: dict[str, Any]) -> None:
    each = summary["arms"][ARMS[0]]
    assert (each["saturation"]["first"], each["saturation"]["first_full"]) == ("order-1", True)
    assert each["cost"]["cpu_ms_per_order"] == pytest.approx(capacities.CPU_MS, rel=0.02)
    assert each["cost"]["messages_per_order"] == pytest.approx(5, rel=0.02)
    assert each["latency_ms"]["closed"]["p50"] == pytest.approx(30, rel=0.01)


def test_replicas_that_cost_are_said_to_and_the_law_has_its_doubt(summary: dict[str, Any]) -> None:
    verdicts = {each["id"]: each["verdict"] for each in summary["verdicts"]}
    assert verdicts[f"replicas:{ARMS[0]}"] == "not so"
    law = summary["arms"][ARMS[0]]["replicas"]["law"]
    assert law["kappa_told"]
    assert law["kappa_interval"][0] < law["kappa"] < law["kappa_interval"][1]
    assert any(f"Replicas cost {ARMS[0]}" in sentence for sentence in summary["findings"])


def test_goodput_that_holds_and_goodput_that_collapses_are_told_apart(summary: dict[str, Any]) -> None:
    each = summary["arms"][ARMS[0]]
    assert each["overload"]["verdict"] == "holds"
    assert each["overload"]["well_after_s"] == 0.0
    assert each["overload"]["phases"][1]["refused_share"] == pytest.approx(2 / 3, abs=0.05)
    assert each["surge"]["verdict"] == "collapses"


def failed(summary: dict[str, Any]) -> list[tuple[str, str]]:
    return [(check["id"], check["arm"]) for check in summary["checks"] if not check["ok"]]


def test_a_refusal_that_does_not_say_when_fails_the_run(tmp_path: Path) -> None:
    summary = judging.judge(capacities.folder(tmp_path, stages=("probe", "overload"), retry_after=None))
    assert failed(summary) == [("refusals_say_when", arm) for arm in ARMS]
    assert not summary["ok"]


def test_a_door_that_never_refuses_fails_the_run_and_its_neighbour_does_not(tmp_path: Path) -> None:
    def open_to_all(row: Row, its: list[Row]) -> None:
        for order in its if (row["arm"], row["stage"]) == (ARMS[1], "overload") else ():
            order |= {"http_status": 202, "order_id": order["order_id"] or f"let-in-{order['index']}"}

    summary = judging.judge(capacities.folder(tmp_path, stages=("probe", "overload"), spoiled=open_to_all))
    assert failed(summary) == [("refusals_say_when", ARMS[1])]


def test_goodput_that_collapses_behind_the_bound_fails_the_run(tmp_path: Path) -> None:
    def late(row: Row, its: list[Row]) -> None:
        for order in its if (row["arm"], row["stage"]) == (ARMS[0], "overload") else ():
            order["closed_ms"] = order["closed_ms"] and order["closed_ms"] + 5_000

    summary = judging.judge(capacities.folder(tmp_path, stages=("probe", "overload"), spoiled=late))
    assert failed(summary) == [("goodput_does_not_collapse", ARMS[0])]
    assert any("collapses (seen once)" in sentence for sentence in summary["findings"])


def test_what_could_not_be_sent_gives_no_verdict_and_is_counted_on_the_page(tmp_path: Path) -> None:
    def unsent(row: Row, its: list[Row]) -> None:
        for order in its[:7] if row["arm"] == ARMS[0] and row["stage"] in ("burst", "overload", "surge") else ():
            order |= {"sent_ms": None, "order_id": None, "accepted_ms": None, "closed_ms": None, "http_status": None}

    summary = judging.judge(capacities.folder(tmp_path, spoiled=unsent))
    said = {each["id"]: each["verdict"] for each in summary["verdicts"]}
    assert {said[f"{stage}:{ARMS[0]}"] for stage in ("overload", "surge")} == {"no verdict"}
    assert said[f"overload:{ARMS[1]}"] == "holds, seen once"
    replicas = summary["arms"][ARMS[0]]["replicas"]
    assert (replicas["lost"], replicas["bursts"], replicas["unsent"], replicas["verdict"]) == (9, 9, 63, "no verdict")
    page = telling.tell(tmp_path).read_text(encoding="utf-8")
    assert "the load generator could not send 7 of" in page
    assert "9 of 9 bursts were lost" in page


def test_one_burst_that_was_lost_leaves_survivors_and_no_verdict(tmp_path: Path) -> None:
    def lost(row: Row, its: list[Row]) -> None:
        for order in its if (row["arm"], row["stage"], row["number"]) == (ARMS[0], "burst", 20) else ():
            order["closed_ms"] = None

    summary = judging.judge(capacities.folder(tmp_path, stages=("probe", "burst"), spoiled=lost))
    assert {each["id"]: each["verdict"] for each in summary["verdicts"]}[f"replicas:{ARMS[0]}"] == "no verdict"
    assert any("1 of 9 bursts were lost, and the rest are survivors" in sentence for sentence in summary["findings"])


def test_which_carries_more_has_no_verdict_from_a_search_cut_short_or_an_ended_run_or_two_starts(
    tmp_path: Path,
) -> None:
    odd: dict[str, Any]
    for name, odd in (("cut", {"cut": [ARMS[1]]}), ("partial", {"partial": True}), ("two", {"starts": 2})):
        (tmp_path / name).mkdir()
        summary = judging.judge(capacities.folder(tmp_path / name, stages=("probe",), **odd))
        assert summary["comparisons"][0]["verdict"] == "no verdict", name
        assert any("No verdict on which carries more; seen:" in sentence for sentence in summary["findings"])


def test_a_process_that_was_not_seen_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    def unseen(row: Row, _: list[Row]) -> None:
        if row["arm"] == ARMS[0]:
            row["cpu_ms"]["payment-1"] = None

    summary = judging.judge(capacities.folder(tmp_path, stages=("probe",), spoiled=unseen))
    each = summary["arms"][ARMS[0]]
    assert each["cost"]["cpu_ms_per_order"] is None
    assert (each["saturation"]["first"], each["saturation"]["shares"]["payment-1"]) == (None, None)
    assert summary["comparisons"][1]["ratio"] is None
    assert summary["disturbed"][ARMS[0]]["probe"] is None
    assert summary["comparisons"][0]["verdict"] == "no verdict"
    assert "not seen: payment-1" in telling.tell(tmp_path).read_text(encoding="utf-8")
    assert busiest([{"cpu_ms": {"redis": 9.0, "payment-1": None, "order-1": 1.0}}]) is None
    assert busiest([{"cpu_ms": {"redis": 9.0, "payment-1": 2.0, "order-1": 1.0}}]) == "payment"


def test_on_a_machine_that_others_use_everything_is_shown_and_nothing_concluded(tmp_path: Path) -> None:
    summary = judging.judge(capacities.folder(tmp_path, others=0.6))
    assert summary["ok"]
    assert {each["verdict"] for each in summary["verdicts"]} == {"no verdict"}
    assert summary["findings"][0].startswith("The machine was not at rest: others used up to 0.6 of its 2 cores")
    assert "carries 2.0" not in " ".join(summary["findings"])
    telling.tell(tmp_path)


def test_nothing_is_looked_for_below_a_rate_before_it_has_failed_twice() -> None:
    assert next_rate([Try(60, False)], 60) == 60
    assert next_rate([Try(60, False), Try(60, False)], 60) == 30
    assert next_rate([Try(60, False), Try(60, True)], 60) == 60


def test_an_arm_that_carries_nothing_withholds_the_verdict(tmp_path: Path) -> None:
    summary = judging.judge(capacities.folder(tmp_path, carries={ARMS[0]: 400.0, ARMS[1]: 1.0}))
    assert not summary["ok"]
    assert f"{ARMS[1]} could not carry even the lowest rate tried" in summary["findings"][0]
    assert summary["verdicts"] == []
    telling.tell(tmp_path)


def test_a_run_cut_short_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    capacities.folder(tmp_path, stages=("probe",), partial=True)
    summary = judging.judge(tmp_path)
    assert summary["partial"]
    assert summary["ok"]
    assert summary["arms"][ARMS[0]]["overload"] is None
    assert "Partial" in telling.tell(tmp_path).read_text(encoding="utf-8")


def test_a_folder_without_orders_or_of_something_else_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(RunUnusable, match="not the folder"):
        judging.judge(tmp_path)
    manifest: dict[str, Any] = capacities.manifest(False)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RunUnusable, match="no orders"):
        judging.judge(tmp_path)
