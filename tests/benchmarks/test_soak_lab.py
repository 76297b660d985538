"""A short soak of a real lab, in which somebody leaves a connection to the store open at every look."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.rows import read_rows
from benchmarks.runfolder import RunFolder
from benchmarks.soak.judging import judge
from benchmarks.soak.plan import planned
from benchmarks.soak.recording import Recording
from benchmarks.soak.series import MEASURES
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import start_lab

ARM = "orchestration-streams"
SOAK = planned(16.0, 20.0)
OF_THE_SHORT_TIME = ("nothing_grows", "retention_holds")  # a pool may still fill, a wave of orders still rise


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(seed=7, retention_s=SOAK.retention_s)
    made = RunFolder.make(tmp_path_factory.mktemp("runs"), "soak")
    with ExitStack() as left_open, start_lab([ARMS[ARM]], settings, logs=made.file("logs")) as lab:
        address = urlsplit(lab.status()["arms"][ARM]["redis"])

        def leak(event: dict[str, Any]) -> None:
            if event["event"] == "sample":
                left_open.enter_context(socket.socket(socket.AF_UNIX)).connect(address.path)

        Recording(SOAK, (ARM,), 7, settings, lab, made, leak).record()
    judge(made.path)
    return made.path


def summary_of(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return read


def test_connections_that_are_left_open_are_found(folder: Path) -> None:
    summary = summary_of(folder)
    grown = {(row["measure"], row["of"]) for row in summary["series"] if row["verdict"] == "grows"}
    assert ("server_clients", "redis") in grown
    assert ("files", "redis") in grown
    assert not summary["ok"]


def test_every_measure_is_looked_at_and_the_first_orders_are_forgotten_before_the_last_come(folder: Path) -> None:
    summary, samples = summary_of(folder), list(read_rows(folder / "samples.ndjson"))
    assert {row["measure"] for row in summary["series"]} == set(MEASURES)
    assert all(row["values"].keys() == MEASURES.keys() for row in samples)
    retention = next(check for check in summary["checks"] if check["id"] == "retention_holds")
    assert retention["looked_at"] >= 200
    held = samples[-1]["values"]["keys"]["{order}:order:*"]
    assert 0 < held < retention["looked_at"] / 2


def test_every_order_of_the_run_is_accounted_for_those_forgotten_too(folder: Path) -> None:
    summary = summary_of(folder)
    wrong = [each for each in summary["checks"] if not each["ok"] and each["id"] not in OF_THE_SHORT_TIME]
    assert not wrong
    whole = next(check for check in summary["checks"] if check["id"] == "whole_run_ended")
    assert whole["looked_at"] == summary["arms"][ARM]["orders"]["accepted"] >= 200


def test_the_manifest_says_that_retention_is_shorter_than_usual(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["retention_s"] == SOAK.retention_s
    assert "the lab's own default is 900 s" in manifest["retention"]
    assert (manifest["partial"], manifest["lost"], manifest["spoiled"]) == (False, None, None)
