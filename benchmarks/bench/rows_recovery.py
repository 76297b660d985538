"""R1: a worker of orchestration-rq is killed with an order in its hands: how soon all are closed by the journal's way,
and how soon by RQ's own, when nobody is there to put the order in again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks import history
from benchmarks.bench.batch import Batch, Load, Lost, unmeasured
from benchmarks.bench.books import Books
from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say
from benchmarks.bench.started import Started, lab
from common.transport.rq.queue import JobQueue

RQ = "orchestration-rq"
COUNT = 40
TRIES = 3
REDONE_MAX = 3  # a kill that finds nothing open is tried again so often
LOOKS_MAX, LOOK_S = 100, 0.02
AWAY_S = 300.0  # longer than anybody waits here
LIMIT_S = {"simple": 30.0, "fork": 90.0}


@dataclass(frozen=True, slots=True)
class Try:
    """A kill: how many orders were open then, and seconds until the last was closed; None: not within the limit."""

    open: int
    took_s: float | None
    batch: Batch | None = None
    redone: int = 0  # kills before it that found nothing open, and so say nothing


async def r1(orders: Orders, seed: int, say: Say) -> Row:
    """Recovery from a killed RQ worker, in seconds from the kill: by the journal, and by RQ alone."""
    tries: dict[str, list[Try]] = {}
    limits: dict[str, float] = {}
    for name, worker, alone in (
        ("by the journal", "simple", False),
        ("by RQ's own, with a lease of 3.5 s", "simple", True),
        ("by RQ's own, forking worker out of the box", "fork", True),
    ):
        tries[name], limits[name] = [], LIMIT_S[worker]
        for number in range(1 if worker == "fork" else TRIES):
            say(f"{name}, kill {number + 1}")
            tries[name].append(await _with_orders_open(orders, seed, worker, alone))
    return _row(tries, limits)


def _row(tries: Mapping[str, Sequence[Try]], limits: Mapping[str, float]) -> Row:
    batches = {name: [each.batch for each in those if each.batch] for name, those in tries.items()}
    at_kills = "; ".join(f"{name} {_open(those)}" for name, those in tries.items())
    return Row(
        "R1",
        "orchestration-rq, kill -9 of the worker with orders open: from the kill until all are closed",
        "",
        "; ".join(f"{name} {_told([each.took_s for each in those], limits[name])}" for name, those in tries.items()),
        None,
        "RQ's own recovery",
        (),
        batches,
        (
            f"of {COUNT} orders, open at the kills: {at_kills}",
            "the worker itself is back 0.5 s after a kill, and starts in about 0.3 s",
            "RQ's own: the orchestrator is kept away, so that nobody puts an order in again",
        ),
        reported=True,
    )


async def _with_orders_open(orders: Orders, seed: int, worker: str, alone: bool) -> Try:
    """A try with an order open at the kill: one without says nothing, and is done again. Raises Lost, Trouble."""
    for redone in range(REDONE_MAX + 1):
        with lab(orders, seed, RQ, appendfsync="always", rq_worker=worker) as started:
            found = await _killed(started, alone, LIMIT_S[worker])
        if found.open:
            return replace(found, redone=redone)
    raise Lost(f"nothing was open at any of {REDONE_MAX + 1} kills of a {worker} worker")


async def _killed(started: Started, alone: bool, limit_s: float) -> Try:
    """One kill. Only the limit makes an end without a time. Raises Lost, Trouble when anything else goes wrong."""
    books = Books(started.client.credentials(RQ, "admin"))
    before = books.closed()
    load = started.doored(COUNT, RQ).load(COUNT)
    work = asyncio.create_task(unmeasured(load))
    try:
        killed_ms = await _kill(started, load, work, alone)
        closed = await _closed(books, work, before + COUNT, limit_s)
        took_s = time.time() - killed_ms / 1000
        still_open = before + COUNT - (books.closed() - books.closed_since(killed_ms))
        if not closed:
            return Try(still_open, None)
        return Try(still_open, took_s, Batch(COUNT, took_s, {}, load.balanced(), open=still_open))
    finally:
        work.cancel()
        await asyncio.wait([work])


async def _closed(books: Books, work: asyncio.Task[Batch], count: int, limit_s: float) -> bool:
    """Whether so many were closed within the limit. Raises what went wrong with the work, if that is why not."""
    try:
        await books.until_closed(count, limit_s)
    except Lost:
        if work.done():
            work.result()
        return False
    return True


async def _kill(started: Started, load: Load, work: asyncio.Task[Batch], alone: bool) -> float:
    await load.inside.wait()
    if work.done():  # it may be through, or it has failed before all were taken in
        work.result()
    if alone:
        await _all_put_in(started)
        await asyncio.to_thread(started.client.kill, RQ, "orchestrator-1", hold_s=AWAY_S)
    return await asyncio.to_thread(started.client.kill, RQ, "worker-1")


async def _all_put_in(started: Started) -> None:
    """Every open order is in the queue, but for the one that the worker has: nobody puts any in from now on."""
    admin = started.client.credentials(RQ, "admin")
    jobs = JobQueue(admin)
    for _ in range(LOOKS_MAX):
        waiting = await jobs.waiting()
        still_open = await asyncio.to_thread(history.open_orders, admin)
        if still_open <= len(waiting) + 1:
            return
        await asyncio.sleep(LOOK_S)
    raise Lost("orders were taken in, and not put into the queue")


def _told(took_s: Sequence[float | None], limit_s: float) -> str:
    known = sorted(each for each in took_s if each is not None)
    if not known:
        return f"not within {limit_s:.0f} s"
    late = len(took_s) - len(known)
    told = f"{known[0]:.1f} s" if len(known) == 1 else f"{known[0]:.1f} to {known[-1]:.1f} s in {len(known)} tries"
    return told + (f", {late} not within {limit_s:.0f} s" if late else "")


def _open(tries: Sequence[Try]) -> str:
    """`31, 28, 35 in 3 tries (1 more found nothing open)`"""
    redone = sum(each.redone for each in tries)
    more = f" ({redone} more found nothing open)" if redone else ""
    counted = "try" if len(tries) == 1 else "tries"
    return f"{', '.join(str(each.open) for each in tries)} in {len(tries)} {counted}{more}"
