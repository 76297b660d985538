"""A run in a real lab: every record is there, a fault is recorded with its times, and Ctrl-C leaves a partial run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import runner
from benchmarks.judge import judge
from benchmarks.plan import Experiment, Fault, Phase
from benchmarks.rows import read_rows
from common.settings import Settings
from common.store.embedded import connect_once
from compose.arms import ARMS as ARMS_OF_THE_LAB
from compose.local.client import start_lab

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
    assert written["ledger_differences"] == {}
    assert (written["allowed_differences"], written["conformance_starts"]) == ([], 1)
    assert "append_only" in written["ledger_compared"]
    assert [set(start) for start in written["ledgers"]] == [set(ARMS)], "each start has its own"
    assert [written["ledger"][arm]["appendfsync"] for arm in ARMS] == ["everysec"] * 2
    assert all(0 < used < 1_000 for used in written["idle_cpu_ms_per_s"].values())
    assert written["ledger"][ARMS[0]]["messages_per_order"] > written["ledger"][ARMS[1]]["messages_per_order"]
    assert all(abs(offset) < 50 for offset in written["clock_offset_ms"].values())
    assert (folder.parent / "latest").resolve() == folder.resolve()


def test_the_ledger_is_what_the_processes_say(folder: Path) -> None:
    for arm, row in manifest(folder)["ledger"].items():
        assert (row["deadline_s"], row["concurrency"], row["unsafe"]) == (10.0, 64, "")
        assert row["replicas"]["payment"] == 1
        assert f"{row['pattern']}-{row['transport']}" == arm
        assert row["http_client"] == ("httpx-aiohttp" if arm.endswith("http") else "none")
        assert row["consumers"] is not None
        kinds = {"command", "reply"} if arm.startswith("orchestration") else {"event"}
        assert set(row["messages_per_order_by_kind"]) == kinds
        assert sum(row["messages_per_order_by_kind"].values()) == pytest.approx(row["messages_per_order"])
        assert (row["journal_writes_per_order"] > 0) == arm.startswith("orchestration")


def test_every_arm_is_tried_before_it_is_measured_and_outside_the_figures(folder: Path) -> None:
    rows = list(read_rows(folder / "conformance.ndjson"))
    assert [row["arm"] for row in rows] == list(ARMS)
    for row in rows:
        assert (row["closed"], row["outcomes"]) == (row["orders"], row["wanted"]), f"seed {SEED}"
        assert sum(edge[-1] for edge in row["under_load"]) > sum(edge[-1] for edge in row["edges"]), "the load too"
    tried = {order["order_id"] for order in read_rows(folder / "orders.ndjson")}
    placed = {event["subject"] for event in read_rows(folder / "events.ndjson")}
    assert len(placed - tried) > len(ARMS) * 40, "they left their events, and no row among the orders"


def test_each_start_of_the_lab_is_judged_as_what_it_says(folder: Path) -> None:
    summary = judge(folder)
    seen = {check["arm"]: check for check in summary["checks"] if check["id"] == "conforms"}
    assert {arm: (check["ok"], check["looked_at"]) for arm, check in seen.items()} == dict.fromkeys(ARMS, (True, 50))
    assert summary["ok"], [check for check in summary["checks"] if not check["ok"]]


def test_arms_that_really_are_unequal_are_refused_unless_it_was_asked_for_by_name(tmp_path: Path) -> None:
    settings = Settings(seed=SEED)
    short = replace(SMALL, phases=(Phase("measure", seconds=0.3, rate=20),))
    with start_lab([ARMS_OF_THE_LAB[arm] for arm in ARMS], settings) as lab:
        with connect_once(lab.credentials(ARMS[0], "admin")) as redis:
            redis.config_set("appendfsync", "always")
        folder = runner.run(short, ARMS, SEED, out=tmp_path, settings=settings, lab=lab, allow_unequal=["appendfsync"])
    allowed = judge(folder)
    assert allowed["ok"], [check for check in allowed["checks"] if not check["ok"]]
    assert any("UNEQUAL" in sentence and "has always" in sentence for sentence in allowed["headline"])
    assert "Differs, and was allowed to by name: durability of Redis" in (folder / "report.html").read_text()
    (folder / "manifest.json").write_text(json.dumps(manifest(folder) | {"allowed_differences": []}))
    refused = judge(folder)
    assert [check["id"] for check in refused["checks"] if not check["ok"]] == ["equal_conditions"]
    assert all(row["verdict"].startswith("refused: durability of Redis") for row in refused["comparisons"])


def test_no_rate_is_above_what_the_weakest_arm_carries_with_ease() -> None:
    weak = replace(ARMS_OF_THE_LAB[ARMS[0]], easy_rate=20.0)
    assert min(ARMS_OF_THE_LAB[arm].easy_rate for arm in ARMS) == 60.0
    assert [phase.rate for phase in runner.eased(SMALL, ARMS).phases] == [phase.rate for phase in SMALL.phases]
    assert {phase.rate for phase in runner.eased(SMALL, ARMS, {**ARMS_OF_THE_LAB, ARMS[0]: weak}).phases} == {20.0}


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
    seconds = sum(block["seconds"] for block in blocks)
    assert told[0] == {"event": "plan", "blocks": len(blocks), "seconds": seconds, "loads": 2}
    assert [line["block"] for line in told if line["event"] == "ended"] == [block["block"] for block in blocks]
    assert [line["state"] for line in told if line["event"] == "fault"] == ["done", "over"] * len(ARMS)
    assert told[-1] == {"event": "collect"}


def test_an_interrupted_run_keeps_its_records_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)], stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(3)] == ["plan", "conformance", "started"]
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
