"""CPU time is counted over all lives of a process and its children, and unknown stays unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from benchmarks.costs import Meter
from benchmarks.idle import idle_cpu_ms_per_s
from benchmarks.traffic import counted

BURN = """
import sys, time
sys.stdin.readline()
while time.process_time() < 0.15: pass
print("burnt", flush=True)
sys.stdin.readline()
"""
IN_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BURN!r}])
child.wait()
"""
BURNT_MS = 150.0


@contextmanager
def worker(code: str = BURN) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def burn(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    assert process.stdout.readline() == "burnt\n"


def tell(status: Path, pid: int) -> None:
    processes = [{"name": "payment-1", "pid": pid}]
    status.write_text(json.dumps({"arms": {"an-arm": {"processes": processes}}}))


@pytest.fixture
def status(tmp_path: Path) -> Path:
    return tmp_path / "status.json"


def test_a_process_that_comes_back_under_another_pid_counts_in_both_lives(status: Path) -> None:
    meter = Meter("an-arm", status)
    with ExitStack() as lives:
        first = lives.enter_context(worker())
        tell(status, first.pid)
        meter.start()
        burn(first)
        meter.look()
        first.kill()
        first.wait()
        second = lives.enter_context(worker())
        tell(status, second.pid)
        burn(second)
        used = meter.stop()["payment-1"]
    assert used is not None
    assert used > 1.8 * BURNT_MS


def test_what_was_used_before_the_block_does_not_count(status: Path) -> None:
    meter = Meter("an-arm", status)
    with worker() as process:
        tell(status, process.pid)
        burn(process)
        meter.start()
        used = meter.stop()["payment-1"]
    assert used is not None
    assert used < 0.2 * BURNT_MS


def test_children_count(status: Path) -> None:
    meter = Meter("an-arm", status)
    with worker(IN_A_CHILD) as process:
        tell(status, process.pid)
        meter.start()
        burn(process)
        used = meter.stop()["payment-1"]
    assert used is not None
    assert used > 0.9 * BURNT_MS


def test_a_process_that_nobody_can_see_is_unknown_and_not_free(status: Path) -> None:
    with worker() as process:
        gone = process.pid
    tell(status, gone)
    meter = Meter("an-arm", status)
    meter.start()
    assert meter.stop() == {"payment-1": None}
    assert meter.memory_mib() is None


def test_the_server_of_somebody_else_makes_the_cost_unknown_and_not_smaller(status: Path) -> None:
    meter = Meter("an-arm", status, ("redis", "payment-1"))
    with worker() as process:
        tell(status, process.pid)
        meter.start()
        burn(process)
        used = meter.stop()
        assert meter.memory_mib() is None
    assert used["redis"] is None
    assert used["payment-1"] is not None


def test_an_arm_at_rest_uses_next_to_nothing_and_an_unseen_one_an_unknown_amount(status: Path) -> None:
    with worker() as process:
        tell(status, process.pid)
        at_rest = idle_cpu_ms_per_s({"an-arm": ("payment-1",)}, status)["an-arm"]
        assert at_rest is not None
        assert at_rest < 0.2 * BURNT_MS
        assert idle_cpu_ms_per_s({"an-arm": ("payment-1", "redis")}, status) == {"an-arm": None}


def test_a_metric_that_a_page_does_not_have_is_unknown_and_not_0() -> None:
    page = '# TYPE a_total counter\na_total{service="order"} 3.0\na_total{service="payment"} 4.0\na_total_more 9.0\n'
    assert counted(page, "a_total") == 7.0
    assert counted(page, "b_total") is None
