"""G11 and G13: how fast both arms are up, and how much memory they take, against plainly spawned interpreters."""

from __future__ import annotations

import asyncio
import time

import psutil

from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate, ratio
from benchmarks.bench.row import Row, Say
from benchmarks.bench.spawned import pss_mib, spawned
from benchmarks.bench.started import EVENTS, HTTP
from benchmarks.plan import in_turn
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import start_lab

PAIRS = 5
BOTH = [ARMS[HTTP], ARMS[EVENTS]]  # the default ones
READY_S_MAX, PSS_MIB_MAX = 2.0, 500.0
FORKED, SPAWNED = "the lab", "spawned"


async def g11(orders: Orders, seed: int, say: Say) -> Row:
    """Seconds until both arms are ready; the lab's own supervisor and fork server are on the bill."""
    seconds, _ = await _both(seed, say)
    found = ratio(seconds[SPAWNED], seconds[FORKED])
    slowest = max(seconds[FORKED])
    figures = (
        Figure("seconds until ready, spawned over the lab", found, "≥", 3),
        Figure("slowest start", Estimate(slowest, None, None, PAIRS), "≤", READY_S_MAX, "s"),
    )
    return Row(
        "G11",
        "start-up of both arms (2 servers, 11 processes, all ready) against an interpreter each",
        f"≥ 3x, and ≤ {READY_S_MAX:.0f} s",
        f"{found.told()}x; {slowest:.2f} s at most",
        judged(figures),
        "a plain spawn",
        figures,
        notes=(_list("the lab", seconds[FORKED], "s"), _list("spawned", seconds[SPAWNED], "s")),
    )


async def g13(orders: Orders, seed: int, say: Say) -> Row:
    """MiB of all processes, servers, supervisor and fork server included."""
    _, memory = await _both(seed, say)
    found, largest = ratio(memory[SPAWNED], memory[FORKED]), max(memory[FORKED])
    figures = (
        Figure("memory, spawned over the lab", found, "≥", 2),
        Figure("largest", Estimate(largest, None, None, PAIRS), "≤", PSS_MIB_MAX, "MiB"),
    )
    return Row(
        "G13",
        "memory (PSS) of both arms against an interpreter each",
        f"≥ 2x less, and under {PSS_MIB_MAX:.0f} MiB",
        f"{found.told()}x; {largest:.0f} MiB",
        judged(figures),
        "a plain spawn",
        figures,
        notes=(_list("the lab", memory[FORKED], "MiB"), _list("spawned", memory[SPAWNED], "MiB")),
    )


async def _both(seed: int, say: Say) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    settings = Settings(seed=seed)
    seconds: dict[str, list[float]] = {FORKED: [], SPAWNED: []}
    memory: dict[str, list[float]] = {FORKED: [], SPAWNED: []}
    for pair, way in in_turn((FORKED, SPAWNED), PAIRS, str(seed)):
        say(f"start {pair + 1} of {PAIRS}: {way}")
        took_s, mib = await asyncio.to_thread(_forked if way == FORKED else _spawned, settings)
        seconds[way].append(took_s)
        memory[way].append(mib)
    return seconds, memory


def _forked(settings: Settings) -> tuple[float, float]:
    start = time.perf_counter()
    with start_lab(BOTH, settings) as client:
        took_s = time.perf_counter() - start
        supervisor = psutil.Process(client.status()["supervisor"]["pid"])
        everyone = [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]
        return took_s, pss_mib(everyone)


def _spawned(settings: Settings) -> tuple[float, float]:
    return spawned(BOTH, settings)


def _list(name: str, values: list[float], unit: str) -> str:
    return f"{name}: {', '.join(f'{value:.2f}' if value < 10 else f'{value:.0f}' for value in values)} {unit}"
