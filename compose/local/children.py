"""Processes of the lab that run our own code: forked from a warm fork server, each in a session of its own."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import multiprocessing.forkserver
import os
import pkgutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psutil

PRELOAD = "compose.local.preload"
OURS = ("orchestration", "choreography")
GONE_TIMEOUT_S = 2.0


def start_fork_server(rooms: Iterable[str]) -> None:
    """Start the fork server and return at once: it imports these rooms and the libraries while servers start.

    Rooms that are not the lab's own are left to the process that needs them: a thread that one starts when it is
    imported, or what it raises, would be everybody's.
    """
    own = [room for room in rooms if room.partition(".")[0] in OURS]
    multiprocessing.forkserver.set_forkserver_preload([*own, PRELOAD])
    multiprocessing.forkserver.ensure_running()


def end_fork_server() -> None:
    """Kill it and its resource tracker: with nothing left to do, it would take a second to say goodbye."""
    helpers = psutil.Process().children()
    for helper in helpers:
        helper.kill()
    psutil.wait_procs(helpers, timeout=GONE_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Forked:
    """A forked process. Its exit code is negative for a signal, and 255 when the fork server died over it."""

    process: ForkServerProcess
    pid: int

    async def gone(self) -> int:
        """Return its exit code when it has left."""
        loop = asyncio.get_running_loop()
        left = asyncio.Event()
        loop.add_reader(self.process.sentinel, left.set)
        try:
            await left.wait()
        finally:
            loop.remove_reader(self.process.sentinel)
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        return 255 if code is None else code


def fork(main: str, fields: dict[str, Any], log: Path) -> Forked:
    """Start `main` in a new process with a ProcessSpec of these fields. OSError, EOFError: without a fork server."""
    log.parent.mkdir(parents=True, exist_ok=True)
    process = multiprocessing.get_context("forkserver").Process(target=_live, args=(main, fields, log), daemon=True)
    process.start()
    if process.pid is None:
        raise OSError(f"no process was started for {main}")
    return Forked(process, process.pid)


def _live(main: str, fields: dict[str, Any], log: Path) -> None:
    os.setsid()  # its descendants can be signalled with it, and no Ctrl-C at a terminal reaches it
    _write_to(log)
    from common.process import ProcessSpec  # here, because the supervisor has no need of a web framework
    from common.settings import Settings

    spec = ProcessSpec(**fields | {"settings": Settings(**fields["settings"])})
    pkgutil.resolve_name(main)(spec)


def _write_to(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    for text in (sys.stdout, sys.stderr):
        if isinstance(text, io.TextIOWrapper):
            text.reconfigure(line_buffering=True)
