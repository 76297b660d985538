"""A run that breaks in the middle says so in one sentence, gives no verdict, and never waits in vain."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.commands import running, screen
from benchmarks.commands.ending import FAILED
from benchmarks.commands.troubles import Unusable, exit_code, sentence
from benchmarks.commands.watching import Watcher
from benchmarks.plan import Experiment, Phase
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab

ARM = "choreography-streams"
MANY = Experiment("many", "?", (Phase("measure", seconds=0.5, rate=40, pairs=60),))
LONGEST_S = 40.0  # sixty blocks, each waiting until its orders are given up, would take a quarter of an hour


class Killing(Watcher):
    """Kills the lab's supervisor as the second block begins: what is in its arms dies with it."""

    def __init__(self, lab: LabClient) -> None:
        super().__init__(screen.err())
        self._lab = lab

    def on_started(self, event: dict[str, Any]) -> None:
        super().on_started(event)
        if event["block"] == 1:
            pid = int(self._lab.status()["arms"][ARM]["processes"][0]["pid"])
            supervisor = psutil.Process(pid)
            while "compose.local" not in supervisor.cmdline():
                supervisor = supervisor.parent() or pytest.fail("no supervisor above the lab's processes")
            supervisor.kill()


def carried_out(folder: RunFolder, lab: LabClient | None = None, watcher: Watcher | None = None) -> Unusable:
    with pytest.raises(Unusable) as refused:
        running.carried_out(MANY, (ARM,), 7, folder.path.parent, {}, lab=lab, watcher=watcher, folder=folder)
    assert exit_code(refused.value) == FAILED
    return refused.value


def test_a_lab_that_dies_in_the_middle_is_told_at_once_and_there_is_no_verdict(tmp_path: Path) -> None:
    folder, began = RunFolder.make(tmp_path, MANY.name), time.monotonic()
    with start_lab([ARMS[ARM]], Settings(deadline_s=2), logs=folder.file("logs")) as lab:
        told = sentence(carried_out(folder, lab, Killing(lab)))
    assert told is not None
    assert "lost in the middle" in told
    assert str(folder.path) in told
    assert time.monotonic() - began < LONGEST_S
    assert not folder.file("summary.json").exists()


def test_a_full_disk_is_told_with_the_way_out_and_there_is_no_verdict(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no disk that is always full")
    folder = RunFolder.make(tmp_path, MANY.name)
    folder.file("manifest.json.part").symlink_to("/dev/full")
    told = sentence(carried_out(folder))
    assert told is not None
    assert "disk is full" in told
    assert "--out" in told
    assert not folder.file("summary.json").exists()
