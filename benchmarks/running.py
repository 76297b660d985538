"""A block under way, and the row that is left of it when it is over."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.blockload import BlockLoad
from benchmarks.costs import Meter
from benchmarks.plan import Block
from benchmarks.rows import Row


@dataclass(slots=True)
class Running:
    """One block under way. `due` is how many arrivals it has, None for a load without end."""

    block: Block
    load: BlockLoad
    meter: Meter
    started_ms: float
    due: int | None
    feeding: Any

    @property
    def done(self) -> bool:
        """Whether every arrival is sent, answered and, when accepted, closed."""
        return self.all_sent and self.load.quiet

    @property
    def all_sent(self) -> bool:
        return self.load.sent + self.load.skipped == self.due

    def row(self, ended_ms: float, drained: bool) -> Row:
        """The block's row in `blocks.ndjson`. Times are epoch ms; `late_ms_max` is how late the load itself was."""
        block, load = self.block, self.load
        return {
            "arm": block.arm,
            "block": block.block,
            "pair": block.pair,
            "phase": block.phase,
            "restart": block.restart,
            "seed": block.seed,
            "rate": block.rate,
            "condition": block.condition,
            "work": asdict(block.work) if block.work else None,
            "scenario": block.scenario,
            "seconds": seconds(block),
            "started_ms": self.started_ms,
            "ended_ms": ended_ms,
            "drained": drained,
            "due": self.due,
            "sent": load.sent,
            "skipped": load.skipped,
            "refused": load.refused,
            "failed": load.failed,
            "closed": load.closed,
            "late_ms_max": round(load.late_ms_max, 3),
            "cpu_ms": self.meter.stop(),
            "memory_mib": self.meter.memory_mib(),
        }


def seconds(block: Block) -> float | None:
    """How long arrivals come, None for a load without end."""
    return None if math.isinf(block.seconds) else block.seconds
