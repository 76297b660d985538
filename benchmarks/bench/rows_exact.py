"""G15: nothing lost, nothing doubled: with kill -9 of every process in turn, Redis too, while orders are in flight."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from benchmarks import checkers, history
from benchmarks.bench.batch import Batch, Load, Lost, unmeasured
from benchmarks.bench.books import Books
from benchmarks.bench.figure import Figure, Verdict
from benchmarks.bench.orders import SOUND, Orders
from benchmarks.bench.ratio import Estimate
from benchmarks.bench.row import Row, Say
from benchmarks.bench.started import EVENTS, HTTP, Started, lab
from common.settings import Settings

COUNT = 200
TRIES = 3  # a batch that was through before the kill shows nothing: the next has twice as many orders
READY_S, LOOK_S = 15.0, 0.05
DURABLE = 'with appendfsync "always": under "everysec" a killed server may lose what it acknowledged during a slow sync'


async def g15(orders: Orders, seed: int, say: Say) -> Row:
    """A batch per kill, with refusals in it, then the books and every invariant."""
    mixed = Orders(seed, Settings().skus, SOUND)
    batches: dict[str, list[Batch]] = {}
    failed: list[str] = []
    for arm in (EVENTS, HTTP):
        with lab(mixed, seed, arm, appendfsync="always") as started:
            for process in _processes(started, arm):
                batches[f"{arm}, {process}"] = await _with_orders_open(started, arm, process, say)
            failed += [f"{arm}: {each}" for each in _violated(started, arm)]
    return _row(batches, failed, mixed)


def _row(batches: dict[str, list[Batch]], failed: list[str], mixed: Orders) -> Row:
    wrong = sum(not batch.exact for each in batches.values() for batch in each)
    at_kill = {name: each[-1].open or 0 for name, each in batches.items()}
    missed = [name for name, count in at_kill.items() if not count]
    bad = f"{wrong} of {sum(map(len, batches.values()))} batches wrong, {len(failed)} invariants broken"
    return Row(
        "G15",
        "exact under kill -9 of each process in turn, Redis too, in both arms, with orders in flight",
        "0 lost, 0 doubled",
        f"not shown: nothing was in flight at the kill of {'; '.join(missed)}" if missed else bad,
        None if missed and not (wrong or failed) else Verdict(not wrong and not failed),
        "the books",
        (Figure("batches wrong or invariants broken", Estimate(wrong + len(failed), None, None, 1), "≤", 0, ""),),
        batches,
        (
            "orders open at the kill: " + "; ".join(f"{name} {count}" for name, count in at_kill.items()),
            DURABLE,
            "orders sent: " + ", ".join(f"{count:,} {outcome}" for outcome, count in mixed.drawn.most_common()),
            *failed,
        ),
    )


def _processes(started: Started, arm: str) -> list[str]:
    return [each["name"] for each in started.client.status()["arms"][arm]["processes"]]


async def _with_orders_open(started: Started, arm: str, process: str, say: Say) -> list[Batch]:
    """Batches until one had orders open when its process was killed."""
    batches: list[Batch] = []
    while len(batches) < TRIES and not (batches and batches[-1].open):
        say(f"{arm}: kill -9 {process}")
        batches.append(await _killed(started, arm, process, COUNT * 2 ** len(batches)))
    return batches


async def _killed(started: Started, arm: str, process: str, count: int) -> Batch:
    """All orders are taken in first, then the process is killed while they are on their way."""
    system = started.fed(arm) if arm == EVENTS else started.doored(count, arm)
    load = system.load(count)
    killing = asyncio.create_task(_kill(started, arm, process, load))
    try:
        batch = await unmeasured(load)
        killed_ms = await killing
    finally:
        killing.cancel()
        await _all_ready(started, arm)
    return replace(batch, open=Books(started.client.credentials(arm, "admin")).closed_since(killed_ms))


async def _kill(started: Started, arm: str, process: str, load: Load) -> float:
    await load.inside.wait()
    return await asyncio.to_thread(started.client.kill, arm, process)


async def _all_ready(started: Started, arm: str) -> None:
    give_up = time.monotonic() + READY_S
    while any(each["state"] != "ready" for each in started.client.status()["arms"][arm]["processes"]):
        if time.monotonic() > give_up:
            raise Lost(f"{arm} was not ready {READY_S:.0f} s after a kill")
        await asyncio.to_thread(time.sleep, LOOK_S)


def _violated(started: Started, arm: str) -> list[str]:
    snapshot = history.collect(started.client.credentials(arm, "auditor"), arm)
    return [f"{check.id}: {check.detail}" for check in checkers.check(snapshot.events, snapshot.state) if not check.ok]
