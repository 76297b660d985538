"""Two runs side by side: what may be said of them, what is refused, and that their folders stay as they are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare import compared
from benchmarks.rows import read_rows, write_rows
from tests.benchmarks import synthetic
from tests.benchmarks.synthetic import Shape, write

ARM, OTHER = "choreography-streams", "orchestration-http"
Manifest = dict[str, Any]
Runs = tuple[Path, Path]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs to copy: one, and one in which choreography is slower by a quarter."""
    folder = tmp_path_factory.mktemp("runs")
    write(folder / "before", Shape(fault_s=4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(synthetic.SPEED, ARM, (3.0, 4.9, 0.4))
        write(folder / "after", Shape(fault_s=4))
    change(folder / "after", lambda manifest: manifest.update(started="2026-11-23T05:00:00.000000Z"))
    return folder


@pytest.fixture(scope="module")
def seen(written: Path) -> dict[str, Any]:
    """The comparison of the two as they are."""
    return compared(written / "before", written / "after")


@pytest.fixture
def runs(written: Path, tmp_path: Path) -> Runs:
    """Copies of the two, to be changed."""
    before, after = (Path(shutil.copytree(written / name, tmp_path / name)) for name in ("before", "after"))
    return before, after


def change(folder: Path, how: Callable[[Manifest], object]) -> None:
    """Change a run's manifest."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    how(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")


def row(comparison: dict[str, Any], arm: str, measure: str) -> dict[str, Any]:
    """The row of an arm's measure."""
    return next(each for each in comparison["measures"] if (each["arm"], each["measure"]) == (arm, measure))


def verdicts(comparison: dict[str, Any]) -> set[str]:
    """All that is said of figures."""
    return {each["verdict"] for each in comparison["measures"]}


def test_what_became_slower_is_higher_in_b_and_what_did_not_shows_no_difference(seen: dict[str, Any]) -> None:
    slower = row(seen, ARM, "closed_ms_p50")
    assert slower["verdict"] == "B higher"
    assert slower["difference"] == pytest.approx(slower["b"] - slower["a"], abs=0.002)
    assert 0 < slower["interval"][0] < slower["difference"] < slower["interval"][1]
    assert row(seen, ARM, "cpu_ms_per_order")["verdict"] == "B higher"
    assert row(seen, OTHER, "closed_ms_p50")["verdict"] == "no difference shown"
    assert seen["ok"]
    assert (seen["refusals"], seen["withheld"]) == ([], [])


def test_the_other_way_round_the_difference_has_the_other_sign(runs: Runs) -> None:
    there, back = (row(compared(*pair), ARM, "closed_ms_p50") for pair in (runs, runs[::-1]))
    assert back["verdict"] == "B lower"
    assert back["difference"] == pytest.approx(-there["difference"])
    assert any("B was recorded before A" in each for each in compared(*runs[::-1])["warnings"])


def test_the_gap_between_arms_is_compared_too_for_there_the_machine_cancels(seen: dict[str, Any]) -> None:
    gap = next(each for each in seen["gaps"] if each["measure"] == "cpu_ms_per_order")
    assert (gap["left"], gap["right"], gap["verdict"]) == (OTHER, ARM, "ratio lower in B")
    assert gap["change"] == pytest.approx(gap["b"] / gap["a"], rel=0.01)


def test_a_quantile_for_which_blocks_are_too_small_is_as_seen(seen: dict[str, Any]) -> None:
    pooled = row(seen, ARM, "closed_ms_p99")
    assert pooled["difference"] is not None
    assert pooled["interval"] is None
    assert pooled["verdict"] == "no verdict, as seen: blocks too small for it"


def test_fewer_than_ten_blocks_or_three_starts_print_what_they_see(runs: Runs, tmp_path: Path) -> None:
    few = write(tmp_path / "few", Shape(fault_s=4, pairs=6, starts=2))
    seen = row(compared(runs[0], few), ARM, "closed_ms_p50")
    assert seen["interval"] is not None
    assert seen["verdict"].startswith("no verdict, as seen: 12 and 6 blocks, 10 a side are needed and 3 and 2 starts")


def test_judging_writes_nothing_into_the_folders(runs: Runs) -> None:
    before = {file: file.stat().st_mtime_ns for run in runs for file in run.rglob("*")}
    compared(*runs)
    assert {file: file.stat().st_mtime_ns for run in runs for file in run.rglob("*")} == before


def test_conditions_that_differ_are_listed_with_both_values_and_a_setting_only_once(runs: Runs) -> None:
    def otherwise(manifest: Manifest) -> None:
        manifest["versions"]["python"] = "3.12.1"
        manifest["settings"]["deadline_s"] = 20.0
        manifest["machine"]["memory_mib"] = 8_000
        for ledger in manifest["ledger"].values():
            ledger |= {"deadline_s": 20.0, "messages_per_order": 99.0}
        manifest["ledger"][ARM]["appendfsync"] = "always"

    change(runs[1], otherwise)
    seen = compared(*runs)
    assert [(each["arm"], each["name"], each["a"], each["b"]) for each in seen["conditions"]] == [
        (None, "memory_mib", 24_000, 8_000),
        (None, "python", "3.11.7", "3.12.1"),
        (None, "deadline_s", 10.0, 20.0),
        (ARM, "appendfsync", "everysec", "always"),
    ]


def test_two_commits_are_named_and_changes_beside_them_are_said_aloud(runs: Runs) -> None:
    change(runs[0], lambda manifest: manifest.update(code={"commit": "a" * 40, "dirty": False}))
    change(runs[1], lambda manifest: manifest.update(code={"commit": "b" * 40, "dirty": True}))
    seen = compared(*runs)
    assert (seen["a"]["commit"], seen["b"]["commit"]) == ("a" * 40, "b" * 40)
    assert {each["name"] for each in seen["conditions"]} == {"commit", "changed beside the commit"}
    assert any(each.startswith("B ran with changes that are in no commit") for each in seen["warnings"])


def test_a_run_of_an_older_lab_is_read_and_says_what_nobody_wrote_down(runs: Runs) -> None:
    def older(manifest: Manifest) -> None:
        for name in ("code", "versions", "machine", "ledger", "settings", "conformance_starts", "idle_cpu_ms_per_s"):
            manifest.pop(name, None)

    change(runs[0], older)
    (runs[0] / "conformance.ndjson").unlink()
    seen = compared(*runs)
    assert row(seen, ARM, "closed_ms_p50")["difference"] > 0
    unwritten = [each for each in seen["conditions"] if not each["written"]]
    assert unwritten
    assert all(each["a"] == "not written down" for each in unwritten)
    assert seen["withheld"] == ["nobody wrote down the machine of A"]
    assert any("Nobody wrote down of which commit" in each for each in seen["warnings"])


Change = Callable[[Manifest], object]

REFUSED: Mapping[str, Change] = {
    "other experiments": lambda manifest: manifest.update(experiment="capacity"),
    "made up": lambda manifest: manifest.update(synthetic=False),
    "unsafe switches": lambda manifest: manifest["ledger"][ARM].update(unsafe="charge twice"),
    "B is spoiled": lambda manifest: manifest.update(spoiled="the load stopped"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_makes_no_sense_is_refused_and_nothing_is_subtracted(runs: Runs, why: str) -> None:
    change(runs[1], REFUSED[why])
    seen = compared(*runs)
    assert not seen["ok"]
    assert any(why in each for each in seen["refusals"]), seen["refusals"]
    assert verdicts(seen) == {"refused"}
    assert all(each["difference"] is None for each in (*seen["measures"], *seen["counted"]))
    assert all(each["change"] is None for each in seen["gaps"])
    assert seen["headline"][0].startswith("Not compared: ")


@pytest.mark.parametrize("experiment", ["capacity", "calibrate", "coupling", "soak"])
def test_runs_with_figures_of_their_own_are_refused_and_their_report_is_named(runs: Runs, experiment: str) -> None:
    for run in runs:
        change(run, lambda manifest: manifest.update(experiment=experiment))
    seen = compared(*runs)
    assert any(experiment in each and "harmony report" in each for each in seen["refusals"])
    assert verdicts(seen) == {"refused"}


def test_another_rate_is_refused(runs: Runs) -> None:
    blocks = [block | {"rate": 90.0} for block in read_rows(runs[1] / "blocks.ndjson")]
    write_rows(runs[1] / "blocks.ndjson", blocks)
    assert compared(*runs)["refusals"] == ["other rate: 60.0 in A, 90.0 in B"]


def test_another_scenario_is_refused(runs: Runs) -> None:
    phase = {"kind": "measure", "seconds": 1.5, "rate": 60.0, "pairs": 12, "scenario": "steady", "faults": []}
    change(runs[0], lambda manifest: manifest.update(plan=[phase]))
    change(runs[1], lambda manifest: manifest.update(plan=[phase | {"scenario": "burst", "pairs": 20}]))
    assert compared(*runs)["refusals"] == ["other scenario: steady in A, burst in B"]


def test_runs_without_an_arm_in_common_are_refused(runs: Runs, tmp_path: Path) -> None:
    other = write(tmp_path / "other", Shape(fault_s=4, arms=("orchestration-streams", "choreography-http")))
    seen = compared(runs[0], other)
    assert seen["arms"] == []
    assert any("no arm in both" in each for each in seen["refusals"])


WITHHELD: Mapping[str, Change] = {
    "B is partial": lambda manifest: manifest.update(partial=True),
    "other seed": lambda manifest: manifest.update(seed=8),
    "other machine (cores)": lambda manifest: manifest["machine"].update(cores=64),
}


@pytest.mark.parametrize("why", WITHHELD)
def test_where_a_verdict_would_say_too_much_figures_are_as_seen(runs: Runs, why: str) -> None:
    change(runs[1], WITHHELD[why])
    seen = compared(*runs)
    assert any(why in each for each in seen["withheld"]), seen["withheld"]
    assert row(seen, ARM, "closed_ms_p50")["interval"] is not None
    assert all(each.startswith("no verdict, as seen: ") and why in each for each in verdicts(seen))


def test_a_check_that_fails_in_b_alone_is_told_and_fails_the_comparison(runs: Runs, tmp_path: Path) -> None:
    broken = write(tmp_path / "broken", Shape(fault_s=4, lost=3))
    seen = compared(runs[0], broken)
    assert not seen["ok"]
    changed = {(each["id"], each["arm"]): (each["a"], each["b"]) for each in seen["checks"]}
    assert changed["every_order_closed", ARM] == ("held", "failed")
    assert any("every_order_closed" in each for each in seen["headline"])


def test_a_fault_is_set_side_by_side_and_refused_when_it_was_another(runs: Runs) -> None:
    (same, *_) = compared(*runs)["faults"]
    assert same["a"]["exposed"] > 0
    assert "no interval" in same["verdict"]
    change(runs[1], lambda manifest: manifest["settings"].update(slo_s=5.0))
    assert all(each["verdict"].startswith("refused") for each in compared(*runs)["faults"])


def test_a_difference_under_the_noise_floor_of_either_run_is_not_shown(runs: Runs) -> None:
    change(runs[0], lambda manifest: manifest.update(noise_floor={"relative": {"closed_ms_p50": 0.6}}))
    slower = row(compared(*runs), ARM, "closed_ms_p50")
    assert slower["verdict"] == "no difference shown"
    assert slower["noise_floor"] == pytest.approx(0.6 * (slower["a"] + slower["b"]) / 2)
