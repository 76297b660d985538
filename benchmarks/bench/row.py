"""One line of the result: a goal, what was measured, and the batches behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.bench.batch import Batch
from benchmarks.bench.figure import Figure, Verdict

Say = Callable[[str], None]
Mark = Literal["met", "about", "missed", "reported", "not measured"]


@dataclass(frozen=True, slots=True)
class Row:
    """`verdict` is None when nothing was measured, `measured` then says why; and when a row is only `reported`.

    `peer` is what the lab was measured beside, in the same run; `figures` are what `goal` and `measured` tell in words.
    """

    id: str
    what: str
    goal: str
    measured: str
    verdict: Verdict | None
    peer: str = ""
    figures: tuple[Figure, ...] = ()
    batches: Mapping[str, Sequence[Batch]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reported: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is met, in doubt or not; None when nothing was measured."""
        return None if self.verdict is None else self.verdict.met

    @property
    def about(self) -> bool:
        """Whether the interval contains the goal."""
        return self.verdict is not None and self.verdict.about

    @property
    def missing(self) -> bool:
        """Whether nothing was measured."""
        return self.verdict is None and not self.reported

    @property
    def mark(self) -> Mark:
        """In a word."""
        if self.reported:
            return "reported"
        if self.verdict is None:
            return "not measured"
        return "about" if self.verdict.about else "met" if self.verdict.met else "missed"

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
        """For JSON: `goal` and `measured` in words, and as numbers in `figures`."""
        return {
            "id": self.id,
            "what": self.what,
            "peer": self.peer or None,
            "goal": self.goal,
            "measured": self.measured,
            "mark": self.mark,
            "met": self.met,
            "about": self.about,
            "reported": self.reported,
            "figures": [figure.as_row() for figure in self.figures],
            "exact": self.exact,
            "orders": self.orders,
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
        "open": batch.open,
    }


def cost(name: str, batches: Sequence[Batch]) -> str:
    """`FastStream: 4.84 CPU ms an order, 262 orders/s`: medians, for orientation."""
    middle = sorted(batches, key=lambda batch: batch.cpu_ms_per_order)[len(batches) // 2]
    return f"{name}: {middle.cpu_ms_per_order:.2f} CPU ms an order, {middle.orders_per_s:,.0f} orders/s"


def equal(count: int, pairs: int) -> str:
    """How large the batches were: costs per order depend on it, so both sides get the same."""
    return f"{count:,} orders a batch on both sides, {pairs} pairs of batches in turn"
