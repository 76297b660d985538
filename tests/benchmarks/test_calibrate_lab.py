"""A tiny calibration of a real arm: every part is carried out, and what was put in is in its records."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.calibrate.judging import judge
from benchmarks.calibrate.plan import DELAY, LOSS, OVERHEAD, SAME, Calibration, twins
from benchmarks.calibrate.recording import Recording
from benchmarks.calibrate.telling import tell
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from compose.arms import ARMS

ARM = "choreography-streams"
TINY = Calibration(
    starts=1,
    pairs=1,
    block_s=0.5,
    warmup_s=0.2,
    orders_least=1,
    loss_orders=720,
    loss_rate=120,
    loss_deadline_s=0.8,
    null_pairs=1,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = RunFolder.make(tmp_path_factory.mktemp("runs"), "calibrate")
    quick = replace(ARMS[ARM], easy_rate=80)  # only the loss asks for more than 60/s, so that it is soon over
    Recording(TINY, {ARM: quick}, 7, Settings(seed=7), made, lambda _: None).record()
    return made.path


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    return judge(folder)


def told(folder: Path, part: str) -> dict[str, Any]:
    parts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parts"]
    found: dict[str, Any] = next(each["told"] for each in parts if each["part"] == part)
    return found


def test_every_part_is_carried_out_and_nothing_is_lost_where_no_loss_was_planted(summary: dict[str, Any]) -> None:
    held = {check["id"] for check in summary["checks"] if check["ok"]}
    assert {"every_part_done", "load_kept_up", "twins_alike", "none_lost_unplanted", "clocks_agree"} <= held
    assert summary["arms"][ARM]["latency_ms"]["closed"]["count"] > 20
    assert summary["noise_floor"] is None  # of one start nothing is kept


def test_the_planted_loss_is_found_order_by_order(summary: dict[str, Any]) -> None:
    [row] = summary["loss"]["arms"]
    assert row["accepted"] > 500
    assert row["lost"] > 0
    assert (row["found"], row["missed"], row["wrongly"], row["others"]) == (row["lost"], [], [], [])


def test_the_delay_was_put_into_the_twin_and_into_nothing_else(folder: Path, summary: dict[str, Any]) -> None:
    seen = told(folder, DELAY)
    assert seen["overshoot_ms"]["count"] > 5
    assert seen["took_ms"][twins(ARM)[1]] >= TINY.delay_ms
    [row] = summary["delay"]
    assert row["verdict"] == "no verdict"  # two blocks prove nothing


def test_measuring_has_a_price(folder: Path, summary: dict[str, Any]) -> None:
    price = summary["price"]
    assert price["nothing_ms"]["p50"] > 0
    assert price["load_cpu_ms_per_order"] > 0
    assert price["looked_at"] == told(folder, OVERHEAD)["looked_at"] == 1 + len(ARMS[ARM].roles)


def test_the_page_of_a_tiny_run_is_told(folder: Path, summary: dict[str, Any]) -> None:
    assert tell(folder).stat().st_size > 10_000
    assert not any((folder / "load").iterdir())
    assert (folder.parent / "latest").resolve() == folder
    assert [each["part"] for each in _parts(folder)] == [SAME, DELAY, LOSS, OVERHEAD]


def _parts(folder: Path) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parts"]
    return parts
