"""R1: a worker of orchestration-rq is killed with an order in its hands: how soon all are closed by the journal's way,
and how soon by RQ's own, when nobody is there to put the order in again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from benchmarks.bench.batch import Batch, Load, Lost, unmeasured
from benchmarks.bench.books import Books
from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say
from benchmarks.bench.started import Started, lab

RQ = "orchestration-rq"
COUNT = 40
TRIES = 3
AWAY_S = 300.0  # longer than anybody waits here
LIMIT_S = {"simple": 30.0, "fork": 90.0}


async def r1(orders: Orders, seed: int, say: Say) -> Row:
    """Recovery from a killed RQ worker, in seconds from the kill: by the journal, and by RQ alone."""
    batches: dict[str, list[Batch]] = {}
    ways: dict[str, str] = {}
    for name, worker, alone in (
        ("by the journal", "simple", False),
        ("by RQ's own, with a lease of 3.5 s", "simple", True),
        ("by RQ's own, forking worker out of the box", "fork", True),
    ):
        batches[name], took_s = [], []
        for number in range(1 if worker == "fork" else TRIES):
            say(f"{name}, kill {number + 1}")
            with lab(orders, seed, RQ, appendfsync="always", rq_worker=worker) as started:
                took_s.append(await _killed(started, alone, LIMIT_S[worker], batches[name]))
        ways[name] = _told(took_s, LIMIT_S[worker])
    return Row(
        "R1",
        "orchestration-rq, kill -9 of the worker with orders open: from the kill until all are closed",
        "",
        "; ".join(f"{name} {told}" for name, told in ways.items()),
        None,
        None,
        batches,
        (
            "the worker itself is back 0.5 s after a kill, and starts in about 0.3 s",
            "RQ's own: the orchestrator is kept away, so that nobody puts an order in again",
        ),
        reported=True,
    )


async def _killed(started: Started, alone: bool, limit_s: float, batches: list[Batch]) -> float | None:
    """Seconds from the kill to the last closing; None when that took longer than the limit."""
    books = Books(started.client.credentials(RQ, "admin"))
    before = books.closed()
    load = started.doored(COUNT, RQ).load(COUNT)
    work = asyncio.create_task(unmeasured(load))
    try:
        killed_ms = await _kill(started, load, alone)
        await books.until_closed(before + COUNT, limit_s)
        took_s = time.time() - killed_ms / 1000
        batches.append(Batch(COUNT, took_s, {}, load.balanced(), open=books.closed_since(killed_ms)))
        return took_s
    except Lost:
        return None
    finally:
        work.cancel()
        await asyncio.wait([work])


async def _kill(started: Started, load: Load, alone: bool) -> float:
    await load.inside.wait()
    if alone:
        await asyncio.to_thread(started.client.kill, RQ, "orchestrator-1", hold_s=AWAY_S)
    return await asyncio.to_thread(started.client.kill, RQ, "worker-1")


def _told(took_s: Sequence[float | None], limit_s: float) -> str:
    known = sorted(each for each in took_s if each is not None)
    if not known:
        return f"not within {limit_s:.0f} s"
    late = len(took_s) - len(known)
    told = f"{known[0]:.1f} s" if len(known) == 1 else f"{known[0]:.1f} to {known[-1]:.1f} s in {len(known)} tries"
    return told + (f", {late} not within {limit_s:.0f} s" if late else "")
