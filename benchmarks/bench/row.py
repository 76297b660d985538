"""One line of the result: a goal, what was measured, and the batches behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bench.batch import Batch
from benchmarks.bench.ratio import Ratio

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """`met` is None when there is no goal to meet or nothing was measured; `why` then says so."""

    id: str
    what: str
    goal: str
    measured: str
    met: bool | None
    ratio: Ratio | None = None
    batches: Mapping[str, Sequence[Batch]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def exact(self) -> bool | None:
        """Whether the books balanced after every batch; None when there was none."""
        every = [batch.exact for batches in self.batches.values() for batch in batches]
        return all(every) if every else None

    @property
    def orders(self) -> int:
        """Orders sent through, all systems together."""
        return sum(batch.orders for batches in self.batches.values() for batch in batches)

    def as_row(self) -> dict[str, Any]:
        """For JSON."""
        interval = None if self.ratio is None or self.ratio.low is None else [self.ratio.low, self.ratio.high]
        return {
            "id": self.id,
            "what": self.what,
            "goal": self.goal,
            "measured": self.measured,
            "ratio": self.ratio.value if self.ratio else None,
            "interval": interval,
            "pairs": self.ratio.pairs if self.ratio else None,
            "met": self.met,
            "exact": self.exact,
            "notes": list(self.notes),
            "batches": {name: [_told(batch) for batch in batches] for name, batches in self.batches.items()},
        }


def _told(batch: Batch) -> dict[str, Any]:
    return {
        "orders": batch.orders,
        "wall_s": round(batch.wall_s, 4),
        "cpu_ms_per_order": round(batch.cpu_ms_per_order, 4) if batch.cpu_ms else None,
        "orders_per_s": round(batch.orders_per_s, 1),
        "cpu_ms": {name: round(used, 2) for name, used in batch.cpu_ms.items()},
        "exact": batch.exact,
    }


def at_least(found: Ratio, goal: float) -> bool:
    """Met when the measured mean is; the interval beside it says how sure that is."""
    return found.value >= goal


def at_most(found: Ratio, goal: float) -> bool:
    """As at_least, for goals from above."""
    return found.value <= goal


def cost(name: str, batches: Sequence[Batch]) -> str:
    """`FastStream: 4.84 CPU ms an order, 262 orders/s`: medians, for orientation."""
    middle = sorted(batches, key=lambda batch: batch.cpu_ms_per_order)[len(batches) // 2]
    return f"{name}: {middle.cpu_ms_per_order:.2f} CPU ms an order, {middle.orders_per_s:,.0f} orders/s"
