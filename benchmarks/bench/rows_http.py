"""The rows about orchestration-http: against Celery (G6), against the textbook's HTTP client (G7)."""

from __future__ import annotations

from benchmarks.bench.batch import Batch
from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate, ratio
from benchmarks.bench.row import Row, Say, cost, equal
from benchmarks.bench.started import CELERY_THREADS, HTTP, celery, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks, per_cpu_s

FEW, MANY = 32, 256
AGAINST_CELERY, AGAINST_HTTPX, LOADED = 200, 120, 600  # orders a batch: some seconds of the slower side


async def g6(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against a saga in a Celery task over the very same services."""
    with lab(orders, seed, HTTP) as started, celery(started, seed) as peer:
        systems: dict[str, System] = {HTTP: started.doored(FEW), "Celery": peer}
        batches = await in_blocks(systems, dict.fromkeys(systems, AGAINST_CELERY), 10, seed, say)
    found = ratio(*per_cpu_s(batches, HTTP, "Celery"))
    figures = (Figure("orders per CPU-second", found, "≥", 1.8),)
    notes = (
        *(cost(name, each) for name, each in batches.items()),
        equal(AGAINST_CELERY, found.pairs),
        f"{FEW} in flight; Celery: {CELERY_THREADS} threads, requests, late acks, no results, no journal of its own",
        "the lab's door and journal are counted; who fills Celery's queue is not",
    )
    what = "orchestration-http against a saga in a Celery task over the same services: orders per CPU-second"
    return Row("G6", what, "≥ 1.8x", f"{found.told()}x", judged(figures), "Celery", figures, batches, notes)


async def g7(orders: Orders, seed: int, say: Say) -> Row:
    """Against one shared httpx client on its default transport; and whether many in flight slow the arm down."""
    with lab(orders, seed, HTTP) as ours, lab(orders, seed, HTTP, http_client="httpx") as textbook:
        systems = {"httpx on aiohttp": ours.doored(FEW), "httpx": textbook.doored(FEW)}
        batches = await in_blocks(systems, dict.fromkeys(systems, AGAINST_HTTPX), 8, seed, say)
        loads = {f"{FEW} in flight": ours.doored(FEW), f"{MANY} in flight": ours.doored(MANY)}
        loaded = await in_blocks(loads, dict.fromkeys(loads, LOADED), 6, seed, say)
    found, kept = ratio(*per_cpu_s(batches, *systems)), _kept(loaded)
    figures = (
        Figure("orders per CPU-second", found, "≥", 2),
        Figure(f"orders/s at {MANY} in flight over those at {FEW}", kept, "≥", 0.9),
    )
    return Row(
        "G7",
        "orchestration-http against HARMONY_HTTP_CLIENT=httpx (default transport): orders per CPU-second",
        f"≥ 2x at {FEW} in flight; orders/s at {MANY} ≥ 0.9 of those at {FEW}",
        f"{found.told()}x; {kept.told()}",
        judged(figures),
        "itself on plain httpx",
        figures,
        batches | loaded,
        (
            *(cost(name, each) for name, each in (batches | loaded).items()),
            equal(AGAINST_HTTPX, found.pairs),
            f"{FEW} and {MANY} in flight: {equal(LOADED, kept.pairs)}",
        ),
    )


def _kept(loaded: dict[str, list[Batch]]) -> Estimate:
    """Orders per second with many in flight, over those with few."""
    return ratio(*([b.orders_per_s for b in loaded[f"{flight} in flight"]] for flight in (MANY, FEW)))
