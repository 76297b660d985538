"""The supervisor's own life: reads a plan, takes the home, runs the lab until asked to leave, leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from compose.local.children import end_fork_server, start_fork_server
from compose.local.control import Control
from compose.local.errors import Trouble
from compose.local.home import Lock, cannot_write
from compose.local.lab import Lab
from compose.local.pids import Pids, kill_left, start_watcher
from compose.local.plan import Plan
from compose.local.ports import check_free

WATCHER_STOP_S = 2.0
THREADS = 16  # two for each server: one waits for its end, one sets it up


class Starter:
    """Whoever started us: gets one line about how the start went; when it goes, a bound lab goes, too."""

    def __init__(self) -> None:
        self._plan, self._tell = os.dup(0), os.dup(1)  # not inheritable: no child keeps them open

    def read_plan(self) -> Plan:
        line = bytearray()
        while not line.endswith(b"\n") and (more := os.read(self._plan, 65_536)):
            line += more
        return Plan.decode(bytes(line))

    def tell(self, trouble: str | None) -> None:
        """One line, once: null when all are ready."""
        with suppress(OSError):  # it is gone; then so shall we be
            os.write(self._tell, json.dumps({"trouble": trouble}).encode() + b"\n")

    def watch(self, leave: asyncio.Event) -> None:
        """Leave when it does: its end of our input closes however it ends."""
        asyncio.get_running_loop().add_reader(self._plan, leave.set)


def run() -> int:
    """Read the plan from standard input and carry it out. 0 after an orderly end, 3 when it could not start."""
    starter = Starter()
    plan = starter.read_plan()
    try:
        plan.folder.make()
        lock = Lock(plan.folder)
        try:
            _keep_to_ourselves(plan)
            asyncio.run(_supervise(plan, starter))
        finally:
            plan.folder.clear()
            lock.release()
    except Trouble as trouble:
        starter.tell(str(trouble))
        return 3
    return 0


def _keep_to_ourselves(plan: Plan) -> None:
    """Clean up after a dead lab, look at the ports, then log and put temporary files where nobody minds."""
    kill_left(plan.folder.pids)
    plan.folder.clear()
    shutil.rmtree(plan.traces, ignore_errors=True)  # of orders that are gone with the lab before
    check_free((place.port, f"{place.name} of {arm.name}") for arm, place in plan.places())
    try:
        plan.folder.scratch.mkdir(mode=0o700)
        plan.logs.mkdir(parents=True, exist_ok=True)
        log = os.open(plan.logs / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise cannot_write(plan.logs, error) from error
    tempfile.tempdir = str(plan.folder.scratch)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for standard, ours in ((0, nothing), (1, log), (2, log)):
        os.dup2(ours, standard)


async def _supervise(plan: Plan, starter: Starter) -> None:
    leave = asyncio.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, leave.set)
    start_fork_server({place.role.main.partition(":")[0] for _, place in plan.places()})
    async with _written_down(plan) as pids:
        lab = Lab(plan, pids)
        try:
            await _until(leave, lab.start())
            control = await Control(lab, leave.set).serve(plan.folder)
            await _until(leave, lab.start_beside())
            if plan.bound:
                starter.watch(leave)
            starter.tell(None)
            await leave.wait()
            control.close()
        finally:
            await lab.end()


@asynccontextmanager
async def _written_down(plan: Plan) -> AsyncIterator[Pids]:
    """What is started in here dies with us, even when we are killed."""
    pids = Pids(plan.folder.pids)
    watcher = start_watcher(plan.folder.pids)
    try:
        yield pids
    finally:
        _end_watcher(watcher)
        end_fork_server()


def _end_watcher(watcher: subprocess.Popen[bytes]) -> None:
    if watcher.stdin is not None:
        watcher.stdin.close()  # by now nothing is written down any more
    try:
        watcher.wait(WATCHER_STOP_S)
    except subprocess.TimeoutExpired:
        watcher.kill()
        watcher.wait()


async def _until(leave: asyncio.Event, work: Any) -> None:
    """Do the work, or give it up when asked to leave. Raises what the work raises, Trouble when given up."""
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(leave.wait())
    await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not doing.done():
        doing.cancel()
        raise Trouble("The lab was stopped while it was starting.")
    await doing


def main() -> None:
    """Leave at once when all is done: the farewell of multiprocessing would look for a folder that is gone by then."""
    code = run()
    sys.stdout.flush()
    os._exit(code)
