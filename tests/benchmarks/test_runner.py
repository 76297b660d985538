"""A run in a real lab: every record is there, a fault is recorded with its times, and Ctrl-C leaves a partial run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import runner
from benchmarks.plan import Experiment, Fault, Phase
from benchmarks.rows import read_rows

ARMS = ("orchestration-http", "choreography-streams")
SEED = 7
HOLD_S = 0.5
SMALL = Experiment(
    name="small",
    question="Does it record what it should?",
    phases=(
        Phase("warmup", seconds=0.3, rate=20, orders="warmup"),
        Phase("measure", seconds=0.5, rate=40),
        Phase("control", seconds=1.5, rate=40, orders="fault"),
        Phase("fault", seconds=1.5, rate=40, orders="fault", faults=(Fault("kill", "payment-1", 0.3, HOLD_S),)),
    ),
    arms=ARMS,
)
INTERRUPTED = """
import sys
from pathlib import Path
from benchmarks import runner
from benchmarks.plan import Experiment, Phase

def tell(line):
    print(line["event"], flush=True)

long = Experiment("long", "?", (Phase("warmup", seconds=0.5, rate=40), Phase("measure", seconds=60, rate=40)))
try:
    runner.record(long, ("choreography-streams",), out=Path(sys.argv[1]), progress=tell)
except runner.Interrupted as interrupted:
    print("kept", interrupted.folder, flush=True)
    sys.exit(130)
"""


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]]) -> Path:
    return runner.record(SMALL, seed=SEED, out=tmp_path_factory.mktemp("runs"), progress=told.append)


def manifest(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return read


def test_the_manifest_says_under_which_conditions_it_ran(folder: Path) -> None:
    written = manifest(folder)
    assert (written["experiment"], written["seed"], written["partial"], written["spoiled"]) == (
        "small",
        SEED,
        False,
        None,
    )
    assert written["at_rest"] == dict.fromkeys(ARMS, True)
    assert set(written["ledger"]) == set(ARMS)
    assert written["ledger_differences"] == []
    assert "append_only" in written["ledger_compared"]
    assert [written["ledger"][arm]["appendfsync"] for arm in ARMS] == ["everysec"] * 2
    assert all(0 < used < 1_000 for used in written["idle_cpu_ms_per_s"].values())
    assert written["ledger"][ARMS[0]]["messages_per_order"] > written["ledger"][ARMS[1]]["messages_per_order"]
    assert all(abs(offset) < 50 for offset in written["clock_offset_ms"].values())
    assert (folder.parent / "latest").resolve() == folder.resolve()


def test_every_arrival_has_a_row_with_its_clocks_in_order(folder: Path) -> None:
    rows = list(read_rows(folder / "orders.ndjson"))
    assert len(rows) == sum(block["due"] for block in read_rows(folder / "blocks.ndjson"))
    for row in rows:
        if row["status"] in ("completed", "cancelled"):
            assert row["due_ms"] <= row["sent_ms"] <= row["accepted_ms"], row
            assert row["due_ms"] <= row["decided_ms"] <= row["closed_ms"], row
    assert {row["status"] for row in rows} <= {"completed", "cancelled", "refused"}, f"seed {SEED}"


def test_a_fault_is_recorded_with_when_it_began_and_when_all_was_back(folder: Path) -> None:
    faults = list(read_rows(folder / "faults.ndjson"))
    blocks = {block["block"]: block for block in read_rows(folder / "blocks.ndjson")}
    assert [fault["arm"] for fault in faults] == [blocks[fault["block"]]["arm"] for fault in faults]
    assert {fault["arm"] for fault in faults} == set(ARMS)
    for fault in faults:
        assert fault["onset_ms"] >= blocks[fault["block"]]["started_ms"] + 300
        assert fault["restarted_ms"] - fault["onset_ms"] >= HOLD_S * 1000 - 50
        assert fault["ready_ms"] >= fault["restarted_ms"]


def test_blocks_know_what_each_process_used_also_the_killed_one(folder: Path) -> None:
    for block in read_rows(folder / "blocks.ndjson"):
        assert block["drained"] is True
        assert {"redis", "payment-1"} <= set(block["cpu_ms"])
        assert all(used is not None and used >= 0 for used in block["cpu_ms"].values()), block
        assert block["memory_mib"] > 10


def test_progress_tells_of_every_block(folder: Path, told: list[dict[str, Any]]) -> None:
    blocks = list(read_rows(folder / "blocks.ndjson"))
    assert told[0] == {"event": "plan", "blocks": len(blocks), "seconds": sum(block["seconds"] for block in blocks)}
    assert [line["block"] for line in told if line["event"] == "ended"] == [block["block"] for block in blocks]
    assert [line["state"] for line in told if line["event"] == "fault"] == ["done", "over"] * len(ARMS)
    assert told[-1] == {"event": "collect"}


def test_an_interrupted_run_keeps_its_records_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)], stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == ["plan", "started"]
        assert process.stdout.readline().strip() == "ended", "a whole short block, and the next one under way"
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        words, _ = process.communicate(timeout=40)
    assert process.returncode == 130, words
    (kept,) = tmp_path.glob("*-long")
    assert manifest(kept)["partial"] is True
    assert list(read_rows(kept / "orders.ndjson"))
    assert list(read_rows(kept / "events.ndjson"))
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
