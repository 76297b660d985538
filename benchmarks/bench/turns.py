"""Two or more systems in interleaved blocks: A B B A ..., after a warm-up of each, so that drift falls on all alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.bench.batch import Batch
from benchmarks.bench.row import Say
from benchmarks.bench.systems import System
from benchmarks.plan import in_turn

WARMUP_SHARE = 4  # a quarter of a batch: connections, scripts and allocators are warm after that


async def in_blocks(
    systems: Mapping[str, System], sizes: Mapping[str, int], pairs: int, seed: int, say: Say, warm: bool = False
) -> dict[str, list[Batch]]:
    """Each system's batches, one per pair. `warm` ones need no warm-up."""
    if not warm:
        for name, system in systems.items():
            await system.batch(max(8, sizes[name] // WARMUP_SHARE))
    batches: dict[str, list[Batch]] = {name: [] for name in systems}
    for pair, name in in_turn(tuple(systems), pairs, str(seed)):
        say(f"pair {pair + 1} of {pairs}: {name}")
        batches[name].append(await systems[name].batch(sizes[name]))
    return batches


def per_cpu_s(batches: Mapping[str, Sequence[Batch]], *names: str) -> list[list[float]]:
    """Orders per CPU-second of each of these systems, batch by batch."""
    return [[batch.orders_per_cpu_s for batch in batches[name]] for name in names]


def per_order(batches: Mapping[str, Sequence[Batch]], *names: str) -> list[list[float]]:
    """CPU ms per order of each of these systems, batch by batch."""
    return [[batch.cpu_ms_per_order for batch in batches[name]] for name in names]
