"""`harmony trace` from outside: what it shows, where it looks, and a sentence that helps when it finds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.benchmarks.drawing import read
from tests.benchmarks.traced import write
from tests.benchmarks.traced_orders import claimed, dead_lettered, retried, told

ROOT = Path(__file__).parents[2]
MAIN = "from benchmarks.cli import main; main()"
ONE, OTHER = "a1" * 16, "b2" * 16

Trace = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home() -> Iterator[Path]:
    """Where a lab was, and left traces; its path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield Path(folder)


@pytest.fixture
def trace(home: Path, tmp_path: Path) -> Trace:
    """`harmony trace`, where no lab runs, in a folder without runs, with nobody at a terminal."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HARMONY_")}
        environment |= {"HARMONY_HOME": str(home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", MAIN, "trace", *words]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture
def traced(home: Path) -> Path:
    """A lab's traces: the same order in two arms, and some that met trouble."""
    orders = [told("orchestration-http", "undeliverable", ONE), told("choreography-streams", "undeliverable", OTHER)]
    return write(home / "traces", *orders, claimed(), dead_lettered(), retried("choreography-http"))


def said(ended: subprocess.CompletedProcess[str]) -> str:
    """What went to stderr, in one line."""
    return " ".join(ended.stderr.replace("│", " ").split())


@pytest.mark.usefixtures("traced")
def test_without_an_order_the_latest_are_listed_with_what_was_odd(trace: Trace) -> None:
    listed = trace()
    assert listed.returncode == 0, listed.stderr
    rows = listed.stdout.splitlines()[2:]
    assert len([row for row in rows if "choreography" in row or "orchestration" in row]) == 5
    assert any("redelivered" in row for row in rows)
    assert any("undeliverable" in row and "undone" in row for row in rows)
    data = json.loads(trace("--json").stdout)
    assert {each["order_id"] for each in data} >= {ONE, OTHER}
    assert {"order_id", "arm", "status", "reason", "duration_ms", "spans", "remarks"} <= set(data[0])


def test_the_newest_of_each_arm_are_listed_and_that_there_are_more(home: Path, trace: Trace) -> None:
    many = [told("choreography-http", order_id=f"{n:032x}") for n in range(30)]
    write(home / "traces", *many, told("orchestration-http", order_id=ONE), told("orchestration-rq", order_id=OTHER))
    listed = trace()
    for arm, rows in (("choreography-http", 18), ("orchestration-http", 1), ("orchestration-rq", 1)):
        assert listed.stdout.count(arm) == rows
    assert "20 of 32 traced orders, of each arm in turn, the newest on top" in said(listed)


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("words", [(ONE,), ("a1a1",), (ONE, OTHER), (ONE, OTHER, "--sequence")])
def test_an_order_is_shown_by_its_id_or_a_clear_part_of_it(trace: Trace, words: tuple[str, ...]) -> None:
    shown = trace(*words)
    assert shown.returncode == 0, shown.stderr
    assert ONE in shown.stdout
    assert (OTHER in shown.stdout) == (OTHER in words)
    assert "refund" in shown.stdout
    assert ("ShipmentRejected" in shown.stdout) or "ship" in shown.stdout


@pytest.mark.usefixtures("traced")
def test_files_and_data_are_written_together(trace: Trace, tmp_path: Path) -> None:
    written = trace(ONE, OTHER, "--svg", "story.svg", "--html", "story.html", "--json")
    assert written.returncode == 0, written.stderr
    assert [each["order_id"] for each in json.loads(written.stdout)] == [ONE, OTHER]
    assert read((tmp_path / "story.svg").read_text(encoding="utf-8")).elements[0].name == "svg"
    assert (tmp_path / "story.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.usefixtures("traced")
def test_an_order_that_is_not_traced_is_told_with_what_to_do(trace: Trace) -> None:
    refused = trace("c3c3")
    assert refused.returncode == 2
    for words in ("c3c3 is not traced", "1 in 100 orders are", "HARMONY_TRACE_SHARE=1", "harmony order"):
        assert words in said(refused)
    assert refused.stdout == ""


def test_a_part_that_is_not_clear_is_told_with_the_orders_that_it_fits(home: Path, trace: Trace) -> None:
    write(home / "traces", *(told("choreography-http", order_id=f"ab{n}{'0' * 29}") for n in range(2)))
    refused = trace("ab")
    assert refused.returncode == 2
    assert f"ab0{'0' * 29} or ab1{'0' * 29}" in said(refused)


@pytest.mark.usefixtures("traced")
def test_files_want_an_order(trace: Trace) -> None:
    assert trace("--svg", "story.svg").returncode == 2


def test_with_neither_lab_nor_run_one_sentence_says_what_to_start(trace: Trace) -> None:
    for words in ((), (ONE,)):
        refused = trace(*words)
        assert refused.returncode == 3
        assert "harmony up" in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_a_run_may_be_named_and_the_latest_is_found(trace: Trace, tmp_path: Path) -> None:
    write(tmp_path / "runs" / "one" / "traces", told("orchestration-rq", order_id=ONE))
    assert trace("--run", "runs/one", ONE).returncode == 0
    (tmp_path / "runs" / "latest").symlink_to("one")
    assert ONE in trace(ONE).stdout
    assert trace("--run", "runs/none").returncode == 2


def test_a_run_without_traces_and_a_damaged_file_cannot_be_used(trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for words in ((), (ONE,)):
        empty = trace("--run", "run", *words)
        assert (empty.returncode, "run has no traces" in said(empty)) == (1, True)
    (tmp_path / "run" / "traces.ndjson").write_bytes(b"\x00\xff\n" * 9)
    damaged = trace("--run", "run", ONE)
    assert damaged.returncode == 1
    assert "No line of run/traces.ndjson can be read" in said(damaged)
    assert "Traceback" not in damaged.stderr
