"""G15: nothing lost, nothing doubled: with kill -9 of every process in turn while orders are in flight."""

from __future__ import annotations

import asyncio
import time

from benchmarks import checkers, history
from benchmarks.bench.batch import Batch, Load, Lost, unmeasured
from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say
from benchmarks.bench.started import EVENTS, HTTP, Started, lab

COUNT = 200
READY_S, LOOK_S = 15.0, 0.05


async def g15(orders: Orders, seed: int, say: Say) -> Row:
    """A batch per kill, then the books and every invariant."""
    batches: dict[str, list[Batch]] = {}
    failed: list[str] = []
    for arm in (EVENTS, HTTP):
        with lab(orders, seed, arm) as started:
            batches[arm] = [await _killed(started, arm, process, say) for process in _processes(started, arm)]
            failed += [f"{arm}: {each}" for each in _violated(started, arm)]
    wrong = sum(not batch.exact for each in batches.values() for batch in each)
    kills = sum(map(len, batches.values()))
    return Row(
        "G15",
        "exact under kill -9 of each process in turn, in both arms, with orders in flight",
        "0 lost, 0 doubled",
        f"{wrong} of {kills} batches wrong, {len(failed)} invariants broken",
        not wrong and not failed,
        None,
        batches,
        (f"{kills} kills, {COUNT} orders around each", *failed),
    )


def _processes(started: Started, arm: str) -> list[str]:
    return [each["name"] for each in started.client.status()["arms"][arm]["processes"] if each["name"] != "redis"]


async def _killed(started: Started, arm: str, process: str, say: Say) -> Batch:
    """All orders are taken in first, then the process is killed while they are on their way."""
    say(f"{arm}: kill -9 {process}")
    system = started.fed(arm) if arm == EVENTS else started.doored(COUNT, arm)
    load = system.load(COUNT)
    killing = asyncio.create_task(_kill(started, arm, process, load))
    try:
        return await unmeasured(load)
    finally:
        await killing
        await _all_ready(started, arm)


async def _kill(started: Started, arm: str, process: str, load: Load) -> None:
    await load.inside.wait()
    await asyncio.to_thread(started.client.kill, arm, process)


async def _all_ready(started: Started, arm: str) -> None:
    give_up = time.monotonic() + READY_S
    while any(each["state"] != "ready" for each in started.client.status()["arms"][arm]["processes"]):
        if time.monotonic() > give_up:
            raise Lost(f"{arm} was not ready {READY_S:.0f} s after a kill")
        await asyncio.to_thread(time.sleep, LOOK_S)


def _violated(started: Started, arm: str) -> list[str]:
    snapshot = history.collect(started.client.credentials(arm, "auditor"), arm)
    return [f"{check.id}: {check.detail}" for check in checkers.check(snapshot.events, snapshot.state) if not check.ok]
