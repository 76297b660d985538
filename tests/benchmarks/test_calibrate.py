"""A calibration, judged and told from made-up records: what is true is found, and an instrument that lies is caught."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import noise
from benchmarks.calibrate import goals, plan, running, trust
from benchmarks.calibrate.delay import delays
from benchmarks.calibrate.figures import binomial_interval, half_width, passes, resampled
from benchmarks.calibrate.judging import judge
from benchmarks.calibrate.loss import losses, together
from benchmarks.calibrate.records import Records
from benchmarks.calibrate.same import comparisons, false_positives
from benchmarks.calibrate.telling import tell
from benchmarks.commands.programmes import Asked
from benchmarks.commands.troubles import Unusable
from benchmarks.judge.run import RunUnusable
from benchmarks.statistics import student_interval
from common.unsafe import LOST_ONE_IN, PLANTED, Unsafe, is_lost
from common.unsafe_door import Forgetful
from compose.arms import ARMS
from tests.benchmarks.calibrated import ARMS as TWO
from tests.benchmarks.calibrated import Shape, write
from tests.orders import an_order

ROUND = 0.002


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write(tmp_path_factory.mktemp("runs") / "20260101T000000Z-calibrate", Shape(orders=60))
    judge(made)
    tell(made)
    return made


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return read


def records(path: Path, **changes: Any) -> Records:
    return Records.read(write(path / "run", Shape(**changes)))


def told_of(folder: Path, **changes: Any) -> None:
    """Tell the judge something else than what was done."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"calibration": manifest["calibration"] | changes}), encoding="utf-8")


def test_exact_intervals_of_shares_are_those_of_the_tables() -> None:
    assert binomial_interval(0, 20) == pytest.approx((0.0, 0.1684), abs=1e-4)
    assert binomial_interval(1, 24) == pytest.approx((0.00105, 0.2112), abs=1e-4)
    assert binomial_interval(10, 1000) == pytest.approx((0.00481, 0.01831), abs=1e-5)
    assert binomial_interval(5, 5) == pytest.approx((0.4782, 1.0), abs=1e-4)
    assert binomial_interval(0, 0) is None


def test_a_half_width_is_that_of_the_interval_and_falls_with_blocks() -> None:
    points = [1.0, 3.0, 2.0, 5.0, 4.0]
    low, high = student_interval(points) or (0.0, 0.0)
    assert half_width(points, len(points)) == pytest.approx((high - low) / 2)
    assert (half_width(points, 20) or 9.0) < (half_width(points, 5) or 0.0)
    assert half_width(points[:1], 20) is None


def test_what_is_true_is_found_and_the_instrument_is_trusted(summary: dict[str, Any]) -> None:
    assert summary["ok"]
    assert not [check for check in summary["checks"] if not check["ok"]]
    assert summary["findings"][0].startswith("Yes, for differences above its noise floor")
    assert {row["held"] for row in summary["trust"]} <= {"yes", "met", "told"}


def test_a_known_delay_is_found_in_every_arm(summary: dict[str, Any]) -> None:
    assert [row["arm"] for row in summary["delay"]] == list(TWO)
    assert all(row["held"] and row["verdict"] == "higher" for row in summary["delay"])
    assert all(row["interval_ms"][0] <= 5.2 and row["interval_ms"][1] >= 5.0 for row in summary["delay"])


def test_a_judge_who_is_told_of_another_delay_finds_the_lie(tmp_path: Path) -> None:
    made = write(tmp_path / "run")
    told_of(made, delay_ms=3.0)
    summary = judge(made)
    assert not summary["ok"]
    assert not any(row["held"] for row in summary["delay"])
    assert summary["findings"][0].startswith("No: ")


@pytest.mark.parametrize("really", [0.0, 3.0, 9.0])
def test_a_delay_that_is_not_what_was_put_in_is_no_proof(tmp_path: Path, really: float) -> None:
    assert not any(row["held"] for row in delays(records(tmp_path, delay_ms=really)))


def test_a_machine_too_noisy_to_show_the_delay_is_told_and_its_floor_is_no_floor(tmp_path: Path) -> None:
    summary = judge(write(tmp_path / "run", Shape(spread=0.8)))
    assert summary["noisy"] == [TWO[0]]
    assert (summary["ok"], summary["answer"]) == (True, "not now")
    assert trust.UNSHOWN in {row["held"] for row in summary["trust"]}
    assert summary["findings"][0].startswith("Not now: this machine is too noisy at the moment to show 5 ms in ")


def test_a_delay_is_shown_where_blocks_are_too_small_for_a_median_each(tmp_path: Path) -> None:
    rows = delays(records(tmp_path, orders=9))
    assert {(row["how"], row["verdict"]) for row in rows} == {("pooled", "no verdict")}
    assert all(row["shown"] and row["held"] for row in rows)
    assert all(row["interval_ms"][0] > 0 for row in rows)


def test_no_delay_is_shown_where_none_was_put_in_and_blocks_are_small(tmp_path: Path) -> None:
    rows = delays(records(tmp_path, orders=9, delay_ms=0.0))
    assert not any(row["shown"] or row["held"] for row in rows)


def test_a_pooled_interval_is_as_sure_as_it_says(tmp_path: Path) -> None:
    of = records(tmp_path, orders=9)
    sides = [(pair.b.sample("closed"), pair.a.sample("closed")) for pair in of.pairs("delay", TWO[0])]
    [wide, usual] = [resampled(sides, 0.5, len(sides), *confidence) or (0.0, 0.0) for confidence in ((0.99,), ())]
    assert wide[0] < usual[0] < usual[1] < wide[1]
    assert [round(end, 4) for end in wide] == pytest.approx(delays(of)[0]["interval_ms"], abs=1e-3)


def test_a_known_loss_is_found_order_by_order(summary: dict[str, Any]) -> None:
    loss = summary["loss"]
    assert all(row["held"] and row["found"] == row["lost"] > 0 for row in loss["arms"])
    assert loss["together"]["held"]
    assert loss["together"]["interval"][0] <= 0.01 <= loss["together"]["interval"][1]


@pytest.mark.parametrize(
    ("loses", "what"),
    [
        (lambda _: False, "missed"),
        (lambda order_id: is_lost(order_id) or order_id.endswith("0"), "wrongly"),
    ],
    ids=["nothing is lost", "others are lost as well"],
)
def test_a_loss_that_is_not_the_planted_one_is_no_proof(
    tmp_path: Path, loses: Callable[[str], bool], what: str
) -> None:
    rows = losses(records(tmp_path, loses=loses))
    assert not any(row["held"] for row in rows)
    assert all(row[what] for row in rows)


def test_a_loss_that_took_nothing_by_chance_is_not_measured_and_fails_nothing(tmp_path: Path) -> None:
    made = write(tmp_path / "run")
    kept = [json.loads(line) for line in (made / "orders.ndjson").read_text(encoding="utf-8").splitlines()]
    spared = [row for row in kept if not (row["arm"] == TWO[0] and row["part"] == "loss" and is_lost(row["order_id"]))]
    (made / "orders.ndjson").write_text("\n".join(map(json.dumps, spared)) + "\n", encoding="utf-8")
    summary = judge(made)
    tell(made)
    assert (summary["ok"], summary["answer"], summary["unmeasured"]) == (True, "not known", [TWO[0]])
    assert [check["arm"] for check in summary["checks"] if check["id"] == "known_loss_found"] == [TWO[1]]
    assert "none was to be lost, by chance" in summary["findings"][0]
    assert trust.UNSEEN in {row["held"] for row in summary["trust"]}


def test_enough_orders_are_sent_to_lose_some_also_to_a_slow_arm() -> None:
    for name in (*TWO, "orchestration-rq"):
        rate, seconds = plan.Calibration().loss_of(ARMS[name])
        assert rate * seconds >= 700
        assert (1 - 1 / LOST_ONE_IN) ** (rate * seconds) < 0.001


def test_three_times_the_planted_loss_is_not_one_in_a_hundred() -> None:
    row = {"accepted": 1_400, "lost": 42, "found": 42}
    assert (together([row]) or {})["held"] is False
    assert (together([row | {"lost": 14, "found": 14}]) or {})["held"] is True


def test_a_thing_against_itself_seldom_seems_to_differ(summary: dict[str, Any]) -> None:
    seen = summary["same"]["false_positives"]
    assert seen["comparisons"] == 4 * len(TWO) * len(goals.RULED)
    assert seen["met"] is True
    assert seen["interval"][0] <= 0.05 <= seen["interval"][1]
    assert (seen["held"], seen["too_often"]) == (True, False)


def test_twins_that_differ_are_called_different_and_that_fails_the_run(tmp_path: Path) -> None:
    shape = Shape(extra_ms=2.0, delay_ms=3.1)  # under the delay the twin is 5.1 ms slower, as before
    summary = judge(write(tmp_path / "run", shape))
    seen = summary["same"]["false_positives"]
    assert seen["met"] is False
    assert seen["shown"] >= 8
    assert (summary["ok"], summary["answer"]) == (False, "no")
    assert [check["id"] for check in summary["checks"] if not check["ok"]] == ["same_is_same"]
    assert summary["findings"][0].startswith("No: ")
    assert summary["trust"][0]["held"] == "NO"


def test_a_thing_that_seems_to_differ_too_often_and_maybe_by_chance_is_no_yes(tmp_path: Path) -> None:
    made = write(tmp_path / "run", Shape(start_spread=0.03))
    summary = judge(made)
    assert summary["same"]["false_positives"]["shown"] == 5
    assert (summary["ok"], summary["answer"]) == (True, "not now")
    assert "seemed to differ in 5 of 24 comparisons, more often than 5 %" in summary["findings"][0]
    assert "this machine is too noisy now" in running._kept(summary, tmp_path)


def test_the_page_says_how_much_the_question_can_see(folder: Path, summary: dict[str, Any]) -> None:
    weak = summary["same"]["false_positives"]["weak"]
    assert (weak["most"], weak["other"], weak["told_apart"]) == (4, 0.15, False)
    assert 0.70 < weak["passes"] < 0.72
    assert any("up to 4 pass, and if 15 % were the truth 71 % of such runs" in each for each in summary["findings"])
    assert "it cannot tell the two apart" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_question_of_many_comparisons_tells_five_from_fifteen_of_a_hundred() -> None:
    most, share = passes((0.05, 0.15), 300)
    assert 20 < most < 30
    assert share < 0.001
    rows = [{"measure": goals.RULED[0], "verdict": "no difference shown"}] * 300
    seen = false_positives(rows)
    assert seen["weak"]["told_apart"]
    assert (seen["met"], seen["too_often"], seen["held"]) == (False, False, True)  # less often than it says


def test_a_machine_that_is_noisy_now_is_told_and_fails_nothing(tmp_path: Path) -> None:
    summary = judge(write(tmp_path / "run", Shape(spread=0.12)))
    wide = [row for row in summary["same"]["half_widths"] if row["measure"] == "closed_ms_p50"]
    assert all(row["met"] is False for row in wide)
    assert "not met on this machine now" in {row["held"] for row in summary["trust"]}
    assert all(check["ok"] for check in summary["checks"] if check["id"] != "known_delay_found")


def test_a_small_block_has_no_p99_of_its_own_and_no_verdict_on_it(folder: Path) -> None:
    rows = [row for row in comparisons(Records.read(folder)) if row["measure"] == "closed_ms_p99"]
    assert {(row["how"], row["verdict"]) for row in rows} == {("pooled", "no verdict")}
    assert all(row["interval"][0] < row["interval"][1] for row in rows)


def test_an_order_that_is_lost_where_no_loss_was_planted_fails_the_run(tmp_path: Path) -> None:
    made = write(tmp_path / "run")
    lines = (made / "orders.ndjson").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0]) | {"closed_ms": None, "status": "open"}
    (made / "orders.ndjson").write_text("\n".join([json.dumps(first), *lines[1:]]) + "\n", encoding="utf-8")
    failed = [check["id"] for check in judge(made)["checks"] if not check["ok"]]
    assert failed == ["none_lost_unplanted"]


def test_twins_with_other_settings_are_no_twins(tmp_path: Path) -> None:
    made = write(tmp_path / "run")
    file = made / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["parts"][0]["told"]["conditions"][f"{TWO[0]}.b"]["appendfsync"] = "always"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    failed = [(check["id"], check["arm"]) for check in judge(made)["checks"] if not check["ok"]]
    assert failed == [("twins_alike", TWO[0])]


def test_goal_g14_is_read_from_a_folder(folder: Path, summary: dict[str, Any]) -> None:
    seen = goals.of(folder)
    assert seen["half_widths"] == summary["same"]["half_widths"]
    assert {row["measure"] for row in seen["half_widths"]} == set(goals.GOALS)
    assert (seen["false_positives"]["met"], seen["partial"]) == (True, False)


def test_what_is_kept_is_a_floor_of_the_machine_of_the_run(tmp_path: Path, summary: dict[str, Any]) -> None:
    noise.keep(tmp_path, summary["noise_floor"])
    assert "of another machine (made up, 2 cores" in (noise.missing(tmp_path) or "")
    noise.keep(tmp_path, summary["noise_floor"] | {"machine": noise.here()})
    kept = noise.stored(tmp_path)
    assert kept is not None
    assert noise.floor_ms({"noise_floor": kept}, "closed_ms_p50", 10.0, 20.0) == pytest.approx(
        15.0 * summary["noise_floor"]["relative"]["closed_ms_p50"]
    )


def test_a_run_that_was_cut_short_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    made = write(tmp_path / "run", Shape(manifest={"partial": True}))
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    manifest["parts"] = manifest["parts"][:2]
    (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    summary = judge(made)
    assert summary["partial"]
    assert summary["findings"] == ["Not known: the run was interrupted before all was asked. What was asked held."]


def test_a_lab_that_was_lost_gives_no_verdict_and_no_floor(tmp_path: Path) -> None:
    summary = judge(write(tmp_path / "run", Shape(manifest={"lost": "the lab was lost 3 s after it began: gone"})))
    assert not summary["ok"]
    assert summary["noise_floor"] is None
    assert summary["findings"] == ["The verdict is withheld: the lab was lost 3 s after it began: gone."]


def test_a_lab_that_was_gone_before_any_order_is_one_sentence(tmp_path: Path) -> None:
    made = write(tmp_path / "run", Shape(manifest={"lost": "the lab was gone 9 s after it began"}))
    (made / "orders.ndjson").unlink()
    with pytest.raises(Unusable, match=r"^This run cannot be judged: .* has no orders: the lab was gone 9 s after"):
        running.show(made, json=False)


def test_the_page_answers_first_and_loads_nothing(folder: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 500_000
    assert not re.search(r"(?:src|href)=\"(?!data:,|#)", html)
    assert html.index("held?") < html.index("The noise floor")
    assert html.count("<svg") >= len(goals.GOALS) + 1
    assert all(f'id="same-{measure}-desc"' in html for measure in goals.GOALS)


def test_the_page_for_a_pull_request_has_the_table_of_trust(folder: Path, summary: dict[str, Any]) -> None:
    page = (folder / "report.md").read_text(encoding="utf-8")
    assert all(
        f"| {row['asked']} | {row['truth']} | {row['found']} | {row['held']} |" in page for row in summary["trust"]
    )


def test_the_folder_of_seeded_bugs_is_still_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"experiment": "calibrate", "seed": 7, "ok": True}))
    with pytest.raises(Unusable, match="has no orders"):
        running.show(tmp_path, json=False)
    with pytest.raises(RunUnusable, match="not the folder of a calibration"):
        judge(tmp_path)


@pytest.mark.parametrize("given", [{"urls": {TWO[0]: "redis://127.0.0.1:1"}}, {"allow_unequal": ("deadline_s",)}])
def test_what_a_calibration_cannot_take_is_a_usage_error(tmp_path: Path, given: dict[str, Any]) -> None:
    asked = replace(Asked(TWO, 7, tmp_path, {}, {}), **given)
    with pytest.raises(Exception, match="calibrate") as raised:
        running.run(asked, json=True)
    assert getattr(raised.value, "exit_code", None) == 2
    assert not list(tmp_path.iterdir())


def test_every_start_asks_both_twins_the_same_and_numbers_its_blocks_on() -> None:
    short = plan.Calibration(pairs=4)
    arms = {arm: ARMS[arm] for arm in TWO}
    laid_out = plan.twin_blocks(short, arms, 7, plan.SAME, 2, first=100)
    assert [block.block for block in laid_out] == list(range(100, 100 + len(laid_out)))
    measured = [block for block in laid_out if block.phase == "measure"]
    assert {block.restart for block in measured} == {2}
    assert {block.pair for block in measured} == {8, 9, 10, 11}
    for arm in TWO:
        sides = [[b.seed for b in sorted(measured, key=lambda b: b.pair) if b.arm == name] for name in plan.twins(arm)]
        assert sides[0] == sides[1]
        assert len(set(sides[0])) == short.pairs


def test_the_default_pair_takes_less_than_six_minutes() -> None:
    assert plan.Calibration().seconds(ARMS[arm] for arm in TWO) < 350


def test_a_slow_arm_is_announced_with_the_time_that_it_takes() -> None:
    quick, slow = (plan.Calibration().seconds([ARMS[arm]]) for arm in (TWO[1], "orchestration-rq"))
    assert slow > quick + 60


def test_the_planted_loss_is_a_switch_that_is_known_by_name_and_takes_one_in_a_hundred() -> None:
    assert sorted(Unsafe.of(",".join(PLANTED))) == sorted(PLANTED)
    lost = sum(is_lost(f"{number:032x}") for number in range(20_000))
    assert abs(lost / 20_000 - 1 / LOST_ONE_IN) < ROUND


async def test_a_forgetful_entry_loses_those_orders_and_no_others() -> None:
    taken: list[str] = []

    class Entry:
        open_orders = 3

        async def accept(self, order: Any, digest: str, traceparent: str) -> None:
            taken.append(order.order_id)

    entry: Any = Entry()
    forgetful: Any = Forgetful(entry)
    ids = [f"{number:032x}" for number in range(400)]
    for order_id in ids:
        await forgetful.accept(replace(an_order(), order_id=order_id), "digest", "")
    assert taken == [order_id for order_id in ids if not is_lost(order_id)]
    assert 0 < len(ids) - len(taken) < 12
    assert forgetful.open_orders == 3
