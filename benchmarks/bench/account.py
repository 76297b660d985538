"""What an arm's cost is made of: CPU by process, and what its processes count: messages, bytes and journal writes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.bench.batch import Batch, Lost
from benchmarks.bench.started import Started
from benchmarks.bench.systems import System
from benchmarks.traffic import traffic

KIND = "messages_"  # what the counts of messages of one kind are called
SMALL_MS = 0.005  # differences of CPU that are not worth a word


@dataclass(frozen=True, slots=True)
class Account:
    """All per order: CPU ms by process; messages, bytes and journal writes, None where they are not counted."""

    cpu_ms: Mapping[str, float]
    counts: Mapping[str, float] | None

    @property
    def total_ms(self) -> float:
        """All processes together."""
        return sum(self.cpu_ms.values())

    def told(self, arm: str) -> str:
        """`an arm, an order: 5.0 messages (5.0 event), 2,120 bytes, 0.0 journal writes; 0.69 CPU ms: redis 0.19`"""
        by_process = ", ".join(f"{name} {used:.2f}" for name, used in _largest_first(self.cpu_ms))
        return f"{arm}, an order: {self._counted()}; {self.total_ms:.2f} CPU ms: {by_process}"

    def _counted(self) -> str:
        if self.counts is None:
            return "messages unknown (a process does not count them)"
        messages, size, writes = (self.counts[name] for name in ("messages", "bytes", "journal_writes"))
        by_kind = {name.removeprefix(KIND): each for name, each in self.counts.items() if name.startswith(KIND)}
        kinds = ", ".join(f"{each:.1f} {kind}" for kind, each in by_kind.items() if each)
        return (
            f"{messages:.1f} messages{f' ({kinds})' if kinds else ''}, {size:,.0f} bytes, {writes:.1f} journal writes"
        )


async def counted(started: Started, arm: str, system: System, count: int) -> dict[str, float] | None:
    """Messages, bytes and journal writes per order of one more batch; None when a process does not count them.

    Raises Lost when the books do not balance after it.
    """
    before = await asyncio.to_thread(traffic, started.client.status(), arm)
    if not (await system.batch(count)).exact:
        raise Lost(f"the books of {arm} do not balance after the batch whose messages were counted")
    after = await asyncio.to_thread(traffic, started.client.status(), arm)
    if before is None or after is None:
        return None
    return {name: (after[name] - before[name]) / count for name in after}


def account(batches: Sequence[Batch], counts: Mapping[str, float] | None) -> Account:
    """Medians of the batches, process by process."""
    names = batches[0].cpu_ms
    return Account({name: median(batch.cpu_ms[name] / batch.orders for batch in batches) for name in names}, counts)


def difference(dearer: Account, cheaper: Account) -> str:
    """Where the dearer one's additional CPU goes."""
    names = dict.fromkeys((*dearer.cpu_ms, *cheaper.cpu_ms))
    more = {name: dearer.cpu_ms.get(name, 0.0) - cheaper.cpu_ms.get(name, 0.0) for name in names}
    told = ", ".join(f"{name} {ms:+.2f}" for name, ms in _largest_first(more) if abs(ms) >= SMALL_MS)
    return f"the difference, {sum(more.values()):+.2f} CPU ms an order: {told}"


def _largest_first(figures: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(figures.items(), key=lambda pair: -abs(pair[1]))
