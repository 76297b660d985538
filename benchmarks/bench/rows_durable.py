"""The rows against peers that write a durable history: DBOS (G5), Temporal's dev server (T1). Ours: AOF everysec."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.bench.batch import Batch
from benchmarks.bench.durable import dbos_postgres, dbos_sqlite, temporal_dev
from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import ratio
from benchmarks.bench.row import Row, Say, cost, equal
from benchmarks.bench.served import postgres_binaries
from benchmarks.bench.started import COMMANDS, HTTP, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks, per_cpu_s, per_order

IN_FLIGHT = 32
COUNT, PAIRS = 100, 8
COUNT_TEMPORAL, PAIRS_TEMPORAL = 60, 6
SQLITE, POSTGRES = "DBOS, SQLite", "DBOS, PostgreSQL"
DATABASES = {SQLITE: "SQLite", POSTGRES: "PostgreSQL"}
GOAL = 5
BOTH_DURABLE = (
    "both durable: ours by Redis' append-only file, synced every second, theirs by their database with its own defaults"
)
DEV_SERVER = "Temporal's dev server, in memory: not its production set-up, and its latency (a timer of it) says nothing"


async def g5(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against DBOS' async workflows over the very same services."""
    binaries = postgres_binaries()
    with ExitStack() as stack:
        started = stack.enter_context(lab(orders, seed, HTTP))
        systems: dict[str, System] = {HTTP: started.doored(IN_FLIGHT)}
        systems[SQLITE] = stack.enter_context(dbos_sqlite(started))
        if binaries:
            systems[POSTGRES] = stack.enter_context(dbos_postgres(started, binaries))
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), PAIRS, seed, say)
    figures = {
        peer: Figure(f"orders per CPU-second, {peer}", ratio(*per_cpu_s(batches, HTTP, peer)), "≥", GOAL)
        for peer in systems
        if peer != HTTP
    }
    return Row(
        "G5",
        "orchestration-http against DBOS workflows over the same HTTP services, both durable: orders per CPU-second",
        f"≥ {GOAL}x",
        "; ".join(f"{figure.found.told()}x {DATABASES[peer]}" for peer, figure in figures.items()),
        judged(tuple(figures.values())),
        "DBOS",
        tuple(figures.values()),
        batches,
        (
            *(cost(name, each) for name, each in batches.items()),
            equal(COUNT, PAIRS),
            f"{IN_FLIGHT} in flight; DBOS asks by aiohttp, and is its own door; the lab's door is counted",
            BOTH_DURABLE if binaries else f"{BOTH_DURABLE}; not measured on PostgreSQL, which is not installed here",
        ),
    )


async def t1(orders: Orders, seed: int, say: Say) -> Row:
    """CPU per order of Temporal's dev server and its workers over that of orchestration-streams."""
    with lab(orders, seed, COMMANDS) as started, temporal_dev(orders, seed) as peer:
        systems: dict[str, System] = {COMMANDS: started.fed(COMMANDS), "Temporal": peer}
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT_TEMPORAL), PAIRS_TEMPORAL, seed, say)
    found = ratio(*per_order(batches, "Temporal", COMMANDS))
    servers = ratio(
        [batch.cpu_ms["temporal-server"] / batch.orders for batch in batches["Temporal"]],
        per_order(batches, "Temporal")[0],
    )
    return Row(
        "T1",
        "Temporal's dev server and five activity workers over orchestration-streams: CPU per order",
        "",
        f"{found.told()}x",
        None,
        "Temporal (dev server)",
        (
            Figure("CPU per order, Temporal over the lab", found),
            Figure("the dev server's share of it", servers, unit=""),
        ),
        batches,
        (
            *(f"{name}: {_cpu(batches[name]):.2f} CPU ms an order" for name in systems),
            equal(COUNT_TEMPORAL, PAIRS_TEMPORAL),
            f"the dev server's own share is {servers.value:.0%}; who starts the workflows is not counted",
            DEV_SERVER,
        ),
        reported=True,
    )


def _cpu(batches: Sequence[Batch]) -> float:
    return median(batch.cpu_ms_per_order for batch in batches)
