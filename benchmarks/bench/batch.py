"""A batch of orders through one system, and what it cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.costs import cpu_ms


@dataclass(frozen=True, slots=True)
class Batch:
    """So many orders, all closed. `cpu_ms` is by process; `exact` tells whether the books balance afterwards.

    `open` of them were in flight at the moment that the batch was made for; None when it was made for none.
    """

    orders: int
    wall_s: float
    cpu_ms: Mapping[str, float]
    exact: bool
    open: int | None = None

    @property
    def cpu_ms_per_order(self) -> float:
        """All processes together."""
        return sum(self.cpu_ms.values()) / self.orders

    @property
    def redis_ms_per_order(self) -> float:
        """The Redis servers' share."""
        return sum(used for name, used in self.cpu_ms.items() if name.startswith("redis")) / self.orders

    @property
    def orders_per_cpu_s(self) -> float:
        """The headline: how many orders a second of CPU is good for."""
        return 1000 / self.cpu_ms_per_order

    @property
    def orders_per_s(self) -> float:
        """On this machine, by the wall clock."""
        return self.orders / self.wall_s


@dataclass(frozen=True, slots=True)
class Load:
    """Orders about to be sent: how (`work` returns when all are closed), and whether the books balance after it."""

    orders: int
    work: Callable[[], Awaitable[None]]
    balanced: Callable[[], bool]
    inside: asyncio.Event = field(default_factory=asyncio.Event)  # set once all have been taken in


async def measured(load: Load, pids: Mapping[str, int]) -> Batch:
    """Do the work and read what each process used meanwhile."""
    before, start = _used(pids), time.perf_counter()
    await load.work()
    wall_s, after = time.perf_counter() - start, _used(pids)
    used = {name: after[name] - before[name] for name in before}
    return Batch(load.orders, wall_s, used, load.balanced())


async def unmeasured(load: Load) -> Batch:
    """Do the work while processes come and go: only the books are looked at."""
    start = time.perf_counter()
    await load.work()
    return Batch(load.orders, time.perf_counter() - start, {}, load.balanced())


def _used(pids: Mapping[str, int]) -> dict[str, float]:
    return {name: _known(name, cpu_ms(pid)) for name, pid in pids.items()}


def _known(name: str, used: float | None) -> float:
    if used is None:
        raise Lost(f"{name} was gone in the middle of a batch")
    return used


class Lost(Exception):
    """A process under measurement died, or a batch did not end. The text says which."""
