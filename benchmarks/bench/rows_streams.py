"""The rows about choreography-streams: against FastStream (G1), against itself one by one (G8), against Redis (G16)."""

from __future__ import annotations

from benchmarks.bench.floor import redis_floor
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import ratio
from benchmarks.bench.row import Row, Say, at_least, at_most, cost, equal
from benchmarks.bench.started import EVENTS, faststream, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks

COUNT = 1_000  # orders a batch: batching needs a crowd, and with a crowd both sides show what they can
NO_DOOR = "fed by the first commit on both sides, no door measured; the books of both are checked after every batch"
ONE_BY_ONE = "one by one differs in the batch alone: it, too, acks with the next read, in two round trips a message"


async def g1(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against FastStream, one handler call per message."""
    with lab(orders, seed, EVENTS) as started, faststream(orders, seed) as peer:
        systems = {EVENTS: started.fed(), "FastStream": peer}
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), 10, seed, say)
    found = ratio(*([b.orders_per_cpu_s for b in batches[name]] for name in (EVENTS, "FastStream")))
    return Row(
        "G1",
        "choreography-streams against FastStream, a handler call per message: orders per CPU-second",
        "≥ 8x",
        f"{found.told()}x",
        at_least(found, 8),
        found,
        batches,
        (*(cost(name, each) for name, each in batches.items()), equal(COUNT, found.pairs), NO_DOOR),
    )


async def g8(orders: Orders, seed: int, say: Say) -> Row:
    """Batched against one by one: the same arm with HARMONY_BATCH_MAX=1."""
    with lab(orders, seed, EVENTS) as batched, lab(orders, seed, EVENTS, batch_max=1) as single:
        systems = {"up to 64": batched.fed(), "one by one": single.fed()}
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), 10, seed, say)
    found = ratio(*([b.orders_per_cpu_s for b in batches[name]] for name in ("up to 64", "one by one")))
    return Row(
        "G8",
        "batches of up to 64 against one by one (HARMONY_BATCH_MAX=1), the same arm: orders per CPU-second",
        "≥ 8x",
        f"{found.told()}x",
        at_least(found, 8),
        found,
        batches,
        (*(cost(name, each) for name, each in batches.items()), equal(COUNT, found.pairs), ONE_BY_ONE),
    )


async def g16(orders: Orders, seed: int, say: Say) -> Row:
    """All CPU of the arm over what Redis alone uses for the same commits, made by nobody else."""
    with lab(orders, seed, EVENTS, telemetry="off") as started, redis_floor(orders, seed) as floor:
        systems: dict[str, System] = {EVENTS: started.fed(), "Redis alone": floor}
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), 10, seed, say)
    found = ratio(*([b.cpu_ms_per_order for b in batches[name]] for name in (EVENTS, "Redis alone")))
    return Row(
        "G16",
        "choreography-streams, all CPU, over Redis' own CPU for the same commits",
        "≤ 3x",
        f"{found.told()}x",
        at_most(found, 3),
        found,
        batches,
        (
            *(cost(name, each) for name, each in batches.items()),
            equal(COUNT, found.pairs),
            "no telemetry, as the goal has it: what that costs is G10",
        ),
    )
