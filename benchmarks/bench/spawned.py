"""The arms started the plain way: a Python interpreter per process, each importing everything for itself."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bench.batch import Lost
from common.settings import Settings
from common.store.binary import find_binary
from compose.arm import DOOR, Arm
from compose.local.part import Part, part, url
from compose.local.plan import Plan
from compose.local.ports import free_base
from compose.local.readiness import until_ready
from compose.local.server import OwnServer
from compose.local.settings import Machine

READY_S, STOP_S = 40.0, 5.0
MAIN = (
    "import pickle, pkgutil, sys; from common.process import ProcessSpec; from common.settings import Settings; "
    "main, fields = pickle.load(sys.stdin.buffer); "
    "pkgutil.resolve_name(main)(ProcessSpec(**fields | {'settings': Settings(**fields['settings'])}))"
)


def spawned(arms: Sequence[Arm], settings: Settings) -> tuple[float, float]:
    """(seconds until all are ready, MiB of proportional memory of all). Everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        home = Path(folder)
        plan = Plan(home, home / "logs", tuple(arms), free_base(len(arms)), settings.model_dump(mode="json"))
        running: list[subprocess.Popen[bytes]] = []
        try:
            start = time.perf_counter()
            asyncio.run(_start(plan, running))
            return time.perf_counter() - start, pss_mib([each.pid for each in running])
        finally:
            for process in reversed(running):  # the servers last
                _end(process)


async def _start(plan: Plan, running: list[subprocess.Popen[bytes]]) -> None:
    binary = find_binary(Machine().redis_binary)
    servers = {arm.name: OwnServer(plan, arm, binary) for arm in plan.arms}
    for server in servers.values():
        server.prepare()
        running.append(server.start().process)
    await asyncio.gather(*(server.ready() for server in servers.values()))
    parts = _parts(plan, servers)
    running.extend(_spawn(each) for each in parts)
    async with asyncio.timeout(READY_S):
        await asyncio.gather(*(until_ready(each.fields["port"]) for each in parts))


def _parts(plan: Plan, servers: Mapping[str, OwnServer]) -> list[Part]:
    found = []
    for arm in plan.arms:
        mine = [place for owner, place in plan.places() if owner is arm]
        addresses: dict[str, tuple[str, ...]] = {place.role.service: (url(place),) for place in mine}
        server = servers[arm.name]
        for place in mine:
            user, door = server.credentials(place.role.service), server.credentials(DOOR)
            found.append(part(plan, arm, place, user, door, addresses, "bench"))
    return found


def _spawn(each: Part) -> subprocess.Popen[bytes]:
    each.log.parent.mkdir(parents=True, exist_ok=True)
    with each.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    if process.stdin is None:
        raise Lost("a spawned process has no pipe")
    pickle.dump((each.main, each.fields), process.stdin)
    process.stdin.close()
    return process


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def pss_mib(pids: Sequence[int]) -> float:
    """Proportional set size (smaps_rollup) of all together: shared pages are counted once."""
    return float(sum(psutil.Process(pid).memory_full_info().pss for pid in pids)) / 2**20
