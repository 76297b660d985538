"""One line of the result: a goal, what was measured, and the batches behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.bench.batch import Batch
from benchmarks.bench.ratio import Ratio

Say = Callable[[str], None]


class Verdict(NamedTuple):
    """Whether the measured mean meets the goal; `about`: the interval contains the goal, so it may as well not."""

    met: bool
    about: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`verdict` is None when nothing was measured, `measured` then says why; and when a row is only `reported`."""

    id: str
    what: str
    goal: str
    measured: str
    verdict: Verdict | None
    ratio: Ratio | None = None
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
            "about": self.about,
            "reported": self.reported,
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
        "open": batch.open,
    }


def at_least(found: Ratio, goal: float) -> Verdict:
    """Met when the measured mean is; the interval says how sure that is."""
    return Verdict(found.value >= goal, _contains(found, goal))


def at_most(found: Ratio, goal: float) -> Verdict:
    """As at_least, for goals from above."""
    return Verdict(found.value <= goal, _contains(found, goal))


def all_of(*verdicts: Verdict) -> Verdict:
    """Of a row with several goals: one that is clearly missed decides; else one that is in doubt puts all in doubt."""
    missed = any(not verdict.met and not verdict.about for verdict in verdicts)
    return Verdict(all(verdict.met for verdict in verdicts), not missed and any(verdict.about for verdict in verdicts))


def _contains(found: Ratio, goal: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= goal <= found.high


def cost(name: str, batches: Sequence[Batch]) -> str:
    """`FastStream: 4.84 CPU ms an order, 262 orders/s`: medians, for orientation."""
    middle = sorted(batches, key=lambda batch: batch.cpu_ms_per_order)[len(batches) // 2]
    return f"{name}: {middle.cpu_ms_per_order:.2f} CPU ms an order, {middle.orders_per_s:,.0f} orders/s"


def equal(count: int, pairs: int) -> str:
    """How large the batches were: costs per order depend on it, so both sides get the same."""
    return f"{count:,} orders a batch on both sides, {pairs} pairs of batches in turn"
