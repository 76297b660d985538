"""Programs beside the arms: kept like the arms' own processes, never in anybody's way, and gone with the lab."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from compose.local.client import LabClient, launch_lab, start_lab
from compose.local.companion import Companion
from compose.local.plan import Plan
from compose.local.ports import is_free
from tests.compose.test_supervision import SETTINGS, arm, everything, is_alive, until

ROOT = Path(__file__).parents[2]
SERVE = """\
import subprocess, sys
from http.server import ThreadingHTTPServer
from tests.compose.tiny import Ready
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(open(sys.argv[2]).read(), flush=True)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


def serving(plan: Plan) -> list[Companion]:
    """A program that serves, has a child, and says what its file holds."""
    port, folder = beside_port(plan), plan.folder.prometheus
    argv = (sys.executable, "-c", SERVE, str(port), str(folder / "said"))
    files = {"prometheus/said": "as it was told"}
    return [Companion("looker", argv, f"http://127.0.0.1:{port}", "/", files, {"PYTHONPATH": str(ROOT)})]


def beside_port(plan: Plan) -> int:
    return next(port for port in range(plan.port_base + 20, plan.port_base + 40) if is_free(port))


def broken(plan: Plan) -> list[Companion]:
    """One that is not there, one that leaves at once, and one that never gets ready."""
    url = f"http://127.0.0.1:{beside_port(plan)}"
    return [
        Companion("missing", ("/no/such/program",), url),
        Companion("leaving", (sys.executable, "-c", "raise SystemExit('I will not')"), url),
    ]


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield Path(folder) / "home"


@pytest.fixture
def lab(home: Path) -> Iterator[LabClient]:
    with start_lab([arm()], SETTINGS, home, beside=serving) as running:
        yield running


def looker(lab: LabClient) -> dict[str, Any]:
    found: dict[str, Any] = lab.status()["beside"][0]
    return found


def family(pid: int) -> list[int]:
    return [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]


def test_a_companion_is_ready_with_the_lab_and_stands_beside_the_arms(lab: LabClient) -> None:
    status = lab.status()
    assert [each["name"] for each in status["arms"]["tiny"]["processes"]] == ["redis", "order-1", "payment-1"]
    found = looker(lab)
    assert (found["name"], found["state"], found["starts"]) == ("looker", "ready", 1)
    assert os.getpgid(found["pid"]) == found["pid"]
    assert "as it was told" in (lab.home / "logs" / "looker.log").read_text()


def test_a_companion_that_dies_is_started_again_and_no_process_of_an_arm_is(lab: LabClient) -> None:
    before, child = family(looker(lab)["pid"])
    os.kill(before, signal.SIGKILL)
    until(lambda: looker(lab)["state"] == "ready" and looker(lab)["pid"] != before)
    assert not is_alive(child)
    assert [each["starts"] for each in lab.status()["arms"]["tiny"]["processes"]] == [1, 1, 1]
    assert looker(lab)["starts"] == 2


def test_a_stopped_lab_leaves_no_companion_and_no_file_of_it(home: Path) -> None:
    with start_lab([arm()], SETTINGS, home, beside=serving) as lab:
        pids = [*everything(lab), *family(looker(lab)["pid"])]
        assert (home / "prometheus" / "said").exists()
    assert not [pid for pid in pids if is_alive(pid)]
    assert [each.name for each in home.iterdir()] == ["logs"]


def test_a_stopped_companion_leaves_with_the_lab(home: Path) -> None:
    with start_lab([arm()], SETTINGS, home, beside=serving) as lab:
        pid = looker(lab)["pid"]
        os.kill(pid, signal.SIGSTOP)
    assert not is_alive(pid)


def test_when_the_supervisor_is_killed_its_companions_go_too_and_the_next_lab_clears_up(home: Path) -> None:
    dead = launch_lab([arm()], SETTINGS, home, beside=serving)
    pids = [*everything(dead), *family(looker(dead)["pid"])]
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: not [pid for pid in pids if is_alive(pid)])
    with start_lab([arm()], SETTINGS, home) as lab:
        assert lab.status()["beside"] == []
        assert not (home / "prometheus").exists()


def test_a_companion_that_cannot_be_started_does_not_keep_the_lab_from_it(home: Path) -> None:
    with start_lab([arm()], SETTINGS, home, beside=broken) as lab:
        assert {each["state"] for each in lab.status()["arms"]["tiny"]["processes"]} == {"ready"}
        until(lambda: {each["state"] for each in lab.status()["beside"]} == {"crash-looping"})
    assert "I will not" in (home / "logs" / "leaving.log").read_text()


def test_a_lab_that_cannot_start_starts_nothing_beside_it(home: Path) -> None:
    with pytest.raises(Exception, match="payment-1"):
        launch_lab([arm("fail")], SETTINGS, home, beside=serving)
    assert not (home / "prometheus").exists()
    assert not (home / "logs" / "looker.log").exists()
