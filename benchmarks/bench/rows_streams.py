"""The rows about choreography-streams: against FastStream (G1, G2), itself one by one (G8), Redis (G16)."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.floor import redis_floor
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import ratio
from benchmarks.bench.row import Row, Say, cost, equal
from benchmarks.bench.started import EVENTS, faststream, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks, per_cpu_s, per_order

COUNT = 1_000  # orders a batch: batching needs a crowd, and with a crowd both sides show what they can
PAIRS = 10
NO_DOOR = "fed by the first commit on both sides, no door measured; the books of both are checked after every batch"
ONE_BY_ONE = "one by one differs in the batch alone: it, too, acks with the next read, in two round trips a message"
PIPELINE, COMMIT = "FastStream, publish(pipeline=)", "FastStream, the lab's commit"
BY_HAND = (
    "FastStream: batches of up to 64; publish(pipeline=): a commit and a published event for each message, one"
    " transaction for all; the lab's commit: one script call for a whole batch, which announces, too, as in the lab"
)


async def g1(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against FastStream, one handler call per message."""
    with lab(orders, seed, EVENTS) as started, faststream(orders, seed) as peer:
        systems = {EVENTS: started.fed(), "FastStream": peer}
        what = "choreography-streams against FastStream, a handler call per message: orders per CPU-second"
        return await _faster("G1", what, systems, 8, NO_DOOR, seed, say)


async def g2(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against FastStream's batches with a pipeline written by hand."""
    with (
        lab(orders, seed, EVENTS) as started,
        faststream(orders, seed, "faststream_batch", "pipeline") as pipeline,
        faststream(orders, seed, "faststream_batch", "commit") as commit,
    ):
        systems: dict[str, System] = {EVENTS: started.fed(), PIPELINE: pipeline, COMMIT: commit}
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), PAIRS, seed, say)
    found, bare = (ratio(*per_cpu_s(batches, EVENTS, peer)) for peer in (PIPELINE, COMMIT))
    figures = (Figure("orders per CPU-second, publish(pipeline=)", found, "≥", 4),)
    bare_figure = Figure("orders per CPU-second, FastStream with the lab's own commit of a batch", bare)
    return Row(
        "G2",
        "choreography-streams against FastStream, batches of 64 and a hand-written pipeline: orders per CPU-second",
        "≥ 4x",
        f"{found.told()}x ({bare.told()}x where FastStream has the lab's own commit of a batch, no goal)",
        judged(figures),
        "FastStream",
        (*figures, bare_figure),
        batches,
        (*(cost(name, each) for name, each in batches.items()), equal(COUNT, found.pairs), BY_HAND, NO_DOOR),
    )


async def g8(orders: Orders, seed: int, say: Say) -> Row:
    """Batched against one by one: the same arm with HARMONY_BATCH_MAX=1."""
    with lab(orders, seed, EVENTS) as batched, lab(orders, seed, EVENTS, batch_max=1) as single:
        systems = {"up to 64": batched.fed(), "one by one": single.fed()}
        what = "batches of up to 64 against one by one (HARMONY_BATCH_MAX=1), the same arm: orders per CPU-second"
        return await _faster("G8", what, systems, 8, ONE_BY_ONE, seed, say)


async def g16(orders: Orders, seed: int, say: Say) -> Row:
    """All CPU of the arm over what Redis alone uses for the same commits, made by nobody else."""
    with lab(orders, seed, EVENTS, telemetry="off") as started, redis_floor(orders, seed) as floor:
        systems: dict[str, System] = {EVENTS: started.fed(), "Redis alone": floor}
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), PAIRS, seed, say)
    found = ratio(*per_order(batches, *systems))
    figures = (Figure("CPU per order over the floor's", found, "≤", 3),)
    return Row(
        "G16",
        "choreography-streams, all CPU, over Redis' own CPU for the same commits",
        "≤ 3x",
        f"{found.told()}x",
        judged(figures),
        "Redis alone",
        figures,
        batches,
        (
            *(cost(name, each) for name, each in batches.items()),
            equal(COUNT, found.pairs),
            "no telemetry, as the goal has it: what that costs is G10",
        ),
    )


async def _faster(
    name: str, what: str, systems: Mapping[str, System], goal: float, note: str, seed: int, say: Say
) -> Row:
    """The first of two systems against the second."""
    batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), PAIRS, seed, say)
    _, peer = systems
    found = ratio(*per_cpu_s(batches, *systems))
    figures = (Figure("orders per CPU-second", found, "≥", goal),)
    notes = (*(cost(system, each) for system, each in batches.items()), equal(COUNT, found.pairs), note)
    return Row(name, what, f"≥ {goal:.0f}x", f"{found.told()}x", judged(figures), peer, figures, batches, notes)
