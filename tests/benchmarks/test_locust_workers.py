"""Several Locust processes send one schedule between them: each arrival once, and a share that is lost is told of."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.arrivals import arrivals_within
from benchmarks.rows import read_rows
from benchmarks.shares import Share
from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import catalogue
from tests.benchmarks.standin import StandIn, standing_in

SEED, RATE, SECONDS = 11, 40.0, 6.0
LEAD_S = 2.0  # the master's, before the first arrival can be due
SPOILED = b"the load is spoiled"


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", "benchmarks/locustfile.py", *options]


def load(door: StandIn, folder: Path, seconds: float) -> list[str]:
    files = ["--rows", str(folder / "load.ndjson"), "--json-file", str(folder / "table")]
    return ["--host", door.url, "--headless", "-t", f"{seconds:.0f}s", "--rate", str(RATE), "--seed", str(SEED), *files]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A master and its workers, as processes."""

    master: subprocess.Popen[bytes]
    joining: list[str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def join(self) -> None:
        """One worker more."""
        self.workers.append(subprocess.Popen(self.joining, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def words(self) -> bytes:
        """What the master said until it left."""
        return self.master.communicate(timeout=60)[1]


@contextmanager
def distributed(door: StandIn, folder: Path, seconds: float, workers: int = 2) -> Iterator[Running]:
    port = str(free_port())
    bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", str(workers)]
    join = command("--worker", "--master-host", "127.0.0.1", "--master-port", port)
    master = subprocess.Popen(
        command("--master", *bind, *load(door, folder, seconds)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    running = Running(master, join)
    try:
        for _ in range(workers):
            running.join()
        yield running
    finally:
        for process in (master, *running.workers):
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Ran:
    code: int
    words: bytes
    door: StandIn
    rows: list[list[dict[str, Any]]]  # of each worker
    blocks: list[dict[str, Any]]
    table: dict[str, dict[str, Any]]


def kept(folder: Path, workers: int) -> tuple[list[list[dict[str, Any]]], list[dict[str, Any]]]:
    rows = [list(read_rows(folder / f"load-{number}.ndjson")) for number in range(workers)]
    return rows, [row for number in range(workers) for row in read_rows(folder / f"blocks-{number}.ndjson")]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """A master with two workers and one user, so that one of the workers has none."""
    folder = tmp_path_factory.mktemp("workers")
    with standing_in(StandIn()) as door, distributed(door, folder, SECONDS) as running:
        words = running.words()
        table = {entry["name"]: entry for entry in json.loads((folder / "table.json").read_text())}
        yield Ran(running.master.returncode, words, door, *kept(folder, 2), table)


def test_every_arrival_is_sent_once_whoever_sends_it(ran: Ran) -> None:
    assert ran.code == 0, ran.words
    for number, rows in enumerate(
        ran.rows
    ):  # each without a gap, to where it was stopped: not both in the same instant
        assert sorted(row["index"] for row in rows) == list(range(number, 2 * len(rows), 2))
    indices = sorted(row["index"] for rows in ran.rows for row in rows)
    assert len(indices) > 0.5 * RATE * (SECONDS - LEAD_S)
    workload = Workload(SEED, SCENARIOS["steady"], catalogue(SEED))
    accepted = [workload.order(index).body for index in indices if workload.order(index).expected != "malformed"]
    assert sorted(ran.door.bodies) == sorted(accepted)


def test_the_shares_are_alike_and_from_one_time_zero(ran: Ran) -> None:
    for number, rows in enumerate(ran.rows):
        assert rows
        assert {row["index"] % 2 for row in rows} == {number}
    assert len({block["started_ms"] for block in ran.blocks}) == 1


def test_together_they_send_the_schedule_that_one_process_would_send(ran: Ran) -> None:
    rows = sorted((row for rows in ran.rows for row in rows), key=lambda row: int(row["index"]))
    offsets = [(row["due_ms"] - ran.blocks[0]["started_ms"]) / 1000 for row in rows]
    due_s = arrivals_within(SEED, RATE, "poisson", SECONDS)
    assert offsets == pytest.approx([due_s[int(row["index"])] for row in rows], abs=1e-3)


def test_orders_are_sent_when_they_are_due_and_none_is_skipped(ran: Ran) -> None:
    assert {block["skipped"] for block in ran.blocks} == {0}
    assert {block["drained"] for block in ran.blocks} == {True}
    assert all(row["sent_ms"] >= row["due_ms"] for rows in ran.rows for row in rows)


def test_the_masters_table_shows_the_sum(ran: Ran) -> None:
    accepted = sum(1 for rows in ran.rows for row in rows if row["accepted_ms"])
    assert set(ran.table) == {"accepted, from due", "closed, from due"}
    assert {entry["num_requests"] for entry in ran.table.values()} == {accepted}
    assert {entry["num_failures"] for entry in ran.table.values()} == {0}


def test_a_worker_that_is_killed_spoils_the_load_aloud(tmp_path: Path) -> None:
    with standing_in(StandIn()) as door, distributed(door, tmp_path, 11) as running:
        with door.changed:
            assert door.changed.wait_for(lambda: len(door.bodies) >= 10, timeout=30)
        running.workers[1].kill()
        words = running.words()
    assert SPOILED in words, words
    assert b"is gone" in words, "seen while the load ran, not at its end"
    assert running.master.returncode == 1
    table = {entry["name"]: entry for entry in json.loads((tmp_path / "table.json").read_text())}
    assert table["spoiled: see the log"]["num_failures"] == 1


def test_a_worker_that_leaves_early_spoils_the_load_aloud_and_keeps_its_rows(tmp_path: Path) -> None:
    with standing_in(StandIn()) as door, distributed(door, tmp_path, 6) as running:
        with door.changed:
            assert door.changed.wait_for(lambda: len(door.bodies) >= 10, timeout=30)
        running.workers[1].send_signal(signal.SIGTERM)
        words = running.words()
    rows, _ = kept(tmp_path, 2)
    assert SPOILED in words, words
    assert running.master.returncode == 1
    assert all(rows)


def test_a_worker_that_comes_late_takes_no_part_and_spoils_nothing(tmp_path: Path) -> None:
    with standing_in(StandIn()) as door, distributed(door, tmp_path, 9) as running:
        with door.changed:
            assert door.changed.wait_for(lambda: len(door.bodies) >= 10, timeout=30)
        running.join()
        words = running.words()
    rows, _ = kept(tmp_path, 3)
    assert b"has come late" in words
    assert running.master.returncode == 0, words
    assert rows[2] == []
    indices = sorted(row["index"] for each in rows for row in each)
    assert indices == list(range(len(indices)))


def test_processes_of_one_command_divide_the_load_as_well(tmp_path: Path) -> None:
    with standing_in(StandIn()) as door:
        all_of_it = command("--processes", "2", *load(door, tmp_path, 4))
        done = subprocess.run(all_of_it, capture_output=True, timeout=60, check=False)
    rows, _ = kept(tmp_path, 2)
    indices = sorted(row["index"] for each in rows for row in each)
    assert done.returncode == 0, done.stderr
    assert all(rows)
    assert indices == list(range(len(indices)))


def test_a_share_of_every_size_covers_the_schedule_once() -> None:
    for of in range(1, 6):
        takers = [[share for share in range(of) if Share(share, of).has(index)] for index in range(20)]
        assert all(len(each) == 1 for each in takers)
