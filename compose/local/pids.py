"""The processes that a lab has started, written down, so that they can be found when its supervisor is no more.

Two readers: the watcher, at the moment of the supervisor's death; and the next lab in the same home, which kills
nothing but pids from this file whose start time is the one written there.
"""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil

from compose.local.signals import send_to

SAME_START_S = 1.0  # a start time is derived from ticks since boot: it may differ by rounding
LEAVE_TIMEOUT_S = 3.0

WATCH = """\
while read -r line; do :; done
while read -r pid rest; do kill -9 -"$pid"; kill -9 "$pid"; done < "$1" 2>/dev/null
"""
"""Waits for the end of its input, which comes with the supervisor's end, and kills what is written down then."""


class Pids:
    """Kept in a file that is replaced at once, never half written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[int, str] = {}
        self._write()

    def add(self, pid: int, name: str) -> None:
        with suppress(psutil.Error):  # gone already
            self._lines[pid] = f"{pid} {psutil.Process(pid).create_time():.3f} {name}\n"
            self._write()

    def remove(self, pid: int) -> None:
        self._lines.pop(pid, None)
        self._write()

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        with suppress(OSError):  # a full disk: this file is the second net only
            new.write_text("".join(self._lines.values()))
            new.replace(self._path)


def start_watcher(path: Path) -> subprocess.Popen[bytes]:
    """Start what kills the processes in the file as soon as we are gone; to end it in peace empty the file first."""
    return subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "harmony-watch", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_left(path: Path) -> None:
    """Kill what a dead supervisor has left running, and wait until it is gone."""
    with suppress(FileNotFoundError):
        left = [process for line in path.read_text().splitlines() if (process := _same(line))]
        for process in left:
            send_to(process.pid, signal.SIGKILL, tree=True)
        psutil.wait_procs(left, timeout=LEAVE_TIMEOUT_S)


def _same(line: str) -> psutil.Process | None:
    pid, started, _ = line.split(" ", 2)
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid))
        if abs(process.create_time() - float(started)) < SAME_START_S:
            return process
    return None
