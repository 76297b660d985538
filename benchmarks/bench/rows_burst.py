"""G12: does an order cost more when ten thousand are in flight than when a thousand are?

All of a burst are taken in while the services stand still, so that it is in flight as a whole; then they go on. The
whole of it is measured, the taking in as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.bench.batch import Batch, Load, measured
from benchmarks.bench.books import Books
from benchmarks.bench.doorway import Doored
from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate, ratio
from benchmarks.bench.row import Row, Say, cost
from benchmarks.bench.started import EVENTS, HTTP, Started, lab
from benchmarks.bench.systems import Fed, pids_of
from benchmarks.bench.turns import in_blocks
from compose.arms import SERVICES

FEW, MANY = 1_000, 10_000
PAIRS = 5
GOAL = 1.25


async def g12(orders: Orders, seed: int, say: Say) -> Row:
    """CPU per order of a burst of 10,000 over one of 1,000, in both arms."""
    with lab(orders, seed, EVENTS) as started:
        events = await _bursts(Held(started, EVENTS, started.fed()), seed, say)
    with lab(orders, seed, HTTP) as started:
        http = await _bursts(Held(started, HTTP, started.doored(MANY)), seed, say)
    by_events, by_http = _grown(events), _grown(http)
    batches = events | http
    figures = (Figure(EVENTS, by_events, "≤", GOAL), Figure(HTTP, by_http, "≤", GOAL))
    return Row(
        "G12",
        f"CPU per order with {MANY:,} in flight over that with {FEW:,}: choreography-streams; orchestration-http",
        f"≤ {GOAL}x",
        f"{by_events.told()}x; {by_http.told()}x",
        judged(figures),
        f"itself, {FEW:,} in flight",
        figures,
        batches,
        (*(f"{cost(name, each)}; {_peak(each)}" for name, each in batches.items()), f"{PAIRS} pairs of bursts in turn"),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """An arm whose services stand still until a batch is in as a whole; the door (or the bench) takes it in."""

    started: Started
    arm: str
    system: Fed | Doored

    async def batch(self, count: int) -> Batch:
        """See System; `open` is what was in flight at the moment before the services went on."""
        books = Books(self.started.client.credentials(self.arm, "admin"))
        before, load = books.closed(), self.system.load(count)
        await self._all("pause")
        going_on = asyncio.create_task(self._go_on(load, books, before))
        try:
            batch = await measured(load, pids_of(self.started.client.status(), self.arm))
            return replace(batch, open=await going_on)
        finally:
            going_on.cancel()
            await self._all("resume")

    async def _go_on(self, load: Load, books: Books, before: int) -> int:
        await load.inside.wait()
        still_open = load.orders - (books.closed() - before)
        await self._all("resume")
        return still_open

    async def _all(self, what: Literal["pause", "resume"]) -> None:
        for process in self.started.client.status()["arms"][self.arm]["processes"]:
            if process["service"] in SERVICES and (process["state"] == "paused") == (what == "resume"):
                await asyncio.to_thread(self.started.client.signal, self.arm, process["name"], what)


async def _bursts(held: Held, seed: int, say: Say) -> dict[str, list[Batch]]:
    few, many = f"{held.arm}, {FEW:,}", f"{held.arm}, {MANY:,}"
    await held.system.batch(FEW // 4)
    return await in_blocks({few: held, many: held}, {few: FEW, many: MANY}, PAIRS, seed, say, warm=True)


def _grown(batches: Mapping[str, list[Batch]]) -> Estimate:
    few, many = batches.values()
    return ratio([batch.cpu_ms_per_order for batch in many], [batch.cpu_ms_per_order for batch in few])


def _peak(batches: list[Batch]) -> str:
    seen = [batch.open or 0 for batch in batches]
    return f"{min(seen):,} in flight at once" if min(seen) == max(seen) else f"{min(seen):,} to {max(seen):,} in flight"
