"""G12: does an order cost more when ten thousand are in flight than when a thousand are?"""

from __future__ import annotations

from benchmarks.bench.batch import Batch
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Ratio, ratio
from benchmarks.bench.row import Row, Say, at_most, cost
from benchmarks.bench.started import EVENTS, HTTP, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks

FEW, MANY = 1_000, 10_000
GOAL = 1.25


async def g12(orders: Orders, seed: int, say: Say) -> Row:
    """CPU per order of a burst of 10,000 over one of 1,000, in both arms."""
    with lab(orders, seed, EVENTS) as started:
        events = await _bursts(EVENTS, started.fed(), 5, seed, say)
    with lab(orders, seed, HTTP) as started:
        http = await _bursts(HTTP, started.doored(MANY), 2, seed, say)
    by_events, by_http = _grown(events), _grown(http)
    batches = events | http
    return Row(
        "G12",
        f"CPU per order with {MANY:,} in flight over that with {FEW:,}: choreography-streams; orchestration-http",
        f"≤ {GOAL}x",
        f"{by_events.told()}x; {by_http.told()}x",
        at_most(by_events, GOAL) and at_most(by_http, GOAL),
        by_events,
        batches,
        tuple(cost(name, each) for name, each in batches.items()),
    )


async def _bursts(arm: str, system: System, pairs: int, seed: int, say: Say) -> dict[str, list[Batch]]:
    few, many = f"{arm}, {FEW:,}", f"{arm}, {MANY:,}"
    await system.batch(FEW // 4)
    return await in_blocks({few: system, many: system}, {few: FEW, many: MANY}, pairs, seed, say, warm=True)


def _grown(batches: dict[str, list[Batch]]) -> Ratio:
    few, many = batches.values()
    return ratio([batch.cpu_ms_per_order for batch in many], [batch.cpu_ms_per_order for batch in few])
