"""The machine's noise floor: kept, found again on the same machine only, and turned into milliseconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import noise


def floor(**other: Any) -> dict[str, Any]:
    told = {"run": "20261126T070000Z-calibrate", "machine": noise.here(), "measured": "2026-11-26T07:00:00Z"}
    return told | {"relative": {"closed_ms_p50": 0.05, "cpu_ms_per_order": 0.02}, "blocks": 40, "starts": 4} | other


def test_a_floor_that_is_kept_is_found_again(tmp_path: Path) -> None:
    noise.keep(tmp_path, floor())
    assert noise.stored(tmp_path) == floor()
    assert noise.missing(tmp_path) is None


def test_a_newer_floor_takes_the_place_of_the_older(tmp_path: Path) -> None:
    noise.keep(tmp_path, floor())
    noise.keep(tmp_path, floor(run="newer"))
    assert noise.stored(tmp_path) == floor(run="newer")
    assert [file.name for file in tmp_path.iterdir()] == [noise.FILE]


def test_without_a_floor_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    assert noise.stored(tmp_path) is None
    assert "harmony run calibrate" in (noise.missing(tmp_path) or "")


def test_the_floor_of_another_machine_is_not_ours(tmp_path: Path) -> None:
    noise.keep(tmp_path, floor(machine="a bigger one, 64 cores, 512 GiB, Plan 9"))
    assert noise.stored(tmp_path) is None
    assert "another machine (a bigger one" in (noise.missing(tmp_path) or "")


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"run": "x"}), json.dumps(floor(relative={"a": "much"}))])
def test_what_cannot_be_read_as_a_floor_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / noise.FILE).write_text(text)
    assert noise.stored(tmp_path) is None
    assert noise.FILE in (noise.missing(tmp_path) or "")


def test_an_arm_that_was_not_calibrated_borrows_the_floor() -> None:
    asked = ("choreography-streams", "orchestration-http")
    assert noise.borrowed(floor(arms=["choreography-streams"]), asked) == ["orchestration-http"]
    assert noise.borrowed(floor(), asked) == []  # an older one does not say


def test_what_is_no_floor_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no noise floor"):
        noise.keep(tmp_path, floor(relative={"closed_ms_p50": float("nan")}))


def test_a_share_is_taken_of_the_mean_of_the_values() -> None:
    manifest = {"noise_floor": floor()}
    assert noise.floor_ms(manifest, "closed_ms_p50", 40.0, 60.0) == pytest.approx(2.5)
    assert noise.floor_ms(manifest, "closed_ms_p50", 40.0, None) == pytest.approx(2.0)


def test_a_floor_in_milliseconds_is_taken_as_it_is() -> None:
    assert noise.floor_ms({"noise_floor": {"closed_ms_p50": 1.5}}, "closed_ms_p50", 40.0, 60.0) == 1.5


@pytest.mark.parametrize("told", [None, {}, floor(), "nonsense"])
def test_no_floor_for_a_measure_is_none_and_not_zero(told: Any) -> None:
    assert noise.floor_ms({"noise_floor": told}, "closed_ms_p99", 40.0) is None
    assert noise.floor_ms({"noise_floor": told}, "closed_ms_p99") is None
