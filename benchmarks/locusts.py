"""Locust as a subprocess: starts it on a plan, reads its progress lines, and ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
OPTIONS = ("--headless", "--only-summary", "--users", "1", "--loglevel", "WARNING")
STOP_S = 10.0  # an interrupted load waits a second for answers, writes its rows and goes


class Spoiled(Exception):
    """The load generator could not do its work; its records cannot be used. The text says why."""


@contextmanager
def load(plan: Path, rows: Path, door: str, log: Path) -> Iterator[Iterator[dict[str, Any]]]:
    """A load under way: iterate over its progress lines until it has ended.

    However the `with` block is left, the load is stopped first, with its rows written. Raises Spoiled at the
    end of the lines when the load generator says that its records cannot be used.
    """
    files = ["--host", door, "--plan", str(plan), "--rows", str(rows)]
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *OPTIONS, *files],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the runner, who then stops the load once and in order
        )
        try:
            yield _lines(process, log)
        finally:
            _stop(process)


def _lines(process: subprocess.Popen[str], log: Path) -> Iterator[dict[str, Any]]:
    for line in _stdout(process):
        if line.startswith("{"):
            yield json.loads(line)
    if code := process.wait():
        raise Spoiled(f"the load generator ended with exit code {code}; {log} says why")


def _stdout(process: subprocess.Popen[str]) -> IO[str]:
    if process.stdout is None:
        raise ValueError("the load generator was started without a pipe")
    return process.stdout


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _stdout(process).close()


def _environment() -> dict[str, str]:
    """Ours, with this project on the path; Locust must not take options from variables of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    root = str(LOCUSTFILE.parents[1])
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, [root, kept.get("PYTHONPATH")]))}
