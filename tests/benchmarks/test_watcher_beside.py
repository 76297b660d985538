"""`harmony up --observability`: a Prometheus of this machine beside the lab, and what happens where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from compose.local.client import LabClient, NoLab
from tests.test_cli import MAIN, ROOT, told

PATIENCE_S = 20.0
ARM = "choreography-streams"
UP = ("up", "--observability", "--arms", ARM, "--port-base", "0")
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not on PATH (Debian: apt-get install prometheus)"
)


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield Path(folder) / "home"
        told(Path(folder) / "home", "down")


def answer(prometheus: str, query: str) -> list[dict[str, Any]]:
    try:
        asked = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}, timeout=5, trust_env=False)
    except httpx.TransportError:
        return []
    if asked.status_code == 503:  # it is up, and still reads what it knew
        return []
    found: list[dict[str, Any]] = asked.json()["data"]["result"]
    return found


def until(prometheus: str, query: str) -> list[dict[str, Any]]:
    """The answer, as soon as there is one."""
    give_up = time.monotonic() + PATIENCE_S
    while not (found := answer(prometheus, query)):
        assert time.monotonic() < give_up, f"no answer within {PATIENCE_S} s: {query}"
        time.sleep(0.1)
    return found


def beside(home: Path) -> Mapping[str, dict[str, Any]]:
    return {each["name"]: each for each in LabClient.connect(home).status()["beside"]}


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


@needs_prometheus
def test_prometheus_hears_every_process_and_the_watcher_and_leaves_nothing_behind(home: Path) -> None:
    up = told(home, *UP)
    assert up.returncode == 0, up.stderr
    programs = beside(home)
    prometheus = programs["prometheus"]["url"]
    assert {each["state"] for each in programs.values()} == {"ready"}
    assert f"{prometheus}/graph?g0.expr=" in up.stdout
    assert "beside the arms" in up.stdout
    names = [each["name"] for each in LabClient.connect(home).status()["arms"][ARM]["processes"]]
    until(prometheus, f'count(up{{job="harmony",arm="{ARM}"}} == 1) == {len(names) - 1}')
    assert told(home, "order", "--arms", ARM).returncode == 0
    (closed,) = until(prometheus, f'harmony_order_closed_seconds_count{{outcome="completed",arm="{ARM}"}} > 0')
    assert closed["metric"]["instance"] == f"{ARM}/order-1"
    assert "process" not in closed["metric"]
    until(prometheus, 'harmony_process_up{job="watcher",process="payment-1"} == 1')
    left = family(LabClient.connect(home).status()["supervisor"]["pid"])
    assert told(home, "down").returncode == 0
    assert not psutil.wait_procs(left, timeout=5)[1]
    assert {each.name for each in home.iterdir()} == {"logs", "traces"}


@needs_prometheus
def test_a_dead_prometheus_comes_back_with_what_it_knew_and_no_order_minds(home: Path) -> None:
    assert told(home, *UP).returncode == 0
    before = beside(home)["prometheus"]
    (seen,) = until(before["url"], 'timestamp(up{job="watcher"} == 1)')
    os.kill(before["pid"], signal.SIGKILL)
    assert told(home, "order", "--arms", ARM).returncode == 0
    until(before["url"], 'up{job="watcher"} == 1')
    assert beside(home)["prometheus"]["starts"] == 2
    at = float(seen["value"][1])
    assert answer(before["url"], f'up{{job="watcher"}} @ {at}')


@needs_prometheus
def test_ctrl_c_ends_all_of_a_lab_in_the_foreground(home: Path) -> None:
    environment = os.environ | {"HARMONY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MAIN, *UP, "--foreground", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True) as harmony:
        assert harmony.stdout is not None
        while harmony.stdout.readline() != b"}\n":
            assert harmony.poll() is None
        assert {each["state"] for each in beside(home).values()} == {"ready"}
        left = family(LabClient.connect(home).status()["supervisor"]["pid"])
        os.killpg(harmony.pid, signal.SIGINT)  # as a terminal does it
        harmony.communicate(timeout=15)
    assert harmony.returncode == 130
    assert not psutil.wait_procs(left, timeout=5)[1]


@needs_prometheus
def test_when_the_supervisor_is_killed_prometheus_and_watcher_go_too(home: Path) -> None:
    assert told(home, *UP).returncode == 0
    left = family(LabClient.connect(home).status()["supervisor"]["pid"])
    assert {"prometheus"} <= {each.name() for each in left}
    left[0].kill()
    assert not psutil.wait_procs(left, timeout=10)[1]
    with pytest.raises(NoLab):
        LabClient.connect(home)


def a_prometheus(folder: Path, said: str) -> dict[str, str]:
    """Something that answers --version so, named as the Prometheus to use."""
    program = folder / f"says-{len(said)}"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o700)
    return {"HARMONY_PROMETHEUS": str(program)}


def test_without_prometheus_nothing_is_started_and_it_is_said_what_to_install(home: Path, tmp_path: Path) -> None:
    for knobs, why in (
        ({"PATH": str(tmp_path)}, "apt install prometheus"),
        ({"HARMONY_PROMETHEUS": str(tmp_path / "none")}, "HARMONY_PROMETHEUS is"),
        (a_prometheus(tmp_path, "prometheus, version 2.24.1+ds"), "2.40 is the least"),
        (a_prometheus(tmp_path, "hello"), "does not say its version"),
    ):
        refused = told(home, *UP, knobs=knobs)
        assert refused.returncode == 3, (why, refused.stderr)
        assert why in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert not home.exists()
