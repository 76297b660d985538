"""What came of crashes: of one, and of all of an arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.crashes.cases import Case

LATE_S = 3.0  # a restarted process moves on within that time


@dataclass(slots=True)
class Outcome:
    """What came of a crash.

    `closed_s`: from the death to the order's close; `moved_on_s`: from when the process was ready again; both 0 when
    it was closed before, None when it never was.
    """

    case: Case
    order_id: str | None = None
    reached: bool = False
    closed: bool = False
    closed_s: float | None = None
    moved_on_s: float | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def late(self) -> bool:
        """Whether the order was closed too long after the process was ready again."""
        return (self.moved_on_s or 0.0) > LATE_S

    def as_row(self) -> dict[str, Any]:
        """For the records."""
        kind = self.case.kind.name if self.case.kind else None
        fields = ("order_id", "reached", "closed", "closed_s", "moved_on_s", "wrong")
        return {"point": self.case.point.name, "order": kind} | {name: getattr(self, name) for name in fields}


@dataclass(slots=True)
class ArmOutcome:
    """An arm's. `asked`: crashes that were to be; `violated`: what audits found, and after which crashes."""

    arm: str
    asked: int
    outcomes: list[Outcome] = field(default_factory=list)
    violated: list[str] = field(default_factory=list)
    looked_at: int = 0

    @property
    def unreached(self) -> list[Outcome]:
        """The process did not die."""
        return [each for each in self.outcomes if not each.reached]

    @property
    def broken(self) -> list[Outcome]:
        """It died, and not all was well afterwards."""
        return [each for each in self.outcomes if each.reached and each.wrong]

    @property
    def late(self) -> list[Outcome]:
        """See Outcome."""
        return [each for each in self.outcomes if each.late]

    @property
    def ok(self) -> bool:
        """Whether every point was reached and survived, and audits looked at something and found nothing."""
        return self.looked_at > 0 and not (self.unreached or self.broken or self.violated)

    def overdue(self) -> list[str]:
        """What came too late, a sentence each: a busy machine may be why, so programs fail on it and tests do not."""
        return [
            f"{self.arm}: {each.case.name}: closed {each.moved_on_s or 0.0:.1f} s after the restart,"
            f" more than {LATE_S:g} s"
            for each in self.late
        ]

    def seconds(self, name: str) -> tuple[float, float] | None:
        """Median and maximum of `closed_s` or `moved_on_s`, over the orders that were closed."""
        known = [float(value) for each in self.outcomes if (value := getattr(each, name)) is not None]
        return (median(known), max(known)) if known else None

    def complaints(self, logs: Path) -> Iterator[str]:
        """What is wrong, a sentence each, with the logs that may say why."""
        for each in (*self.unreached, *self.broken):
            order = f", order {each.order_id}" if each.order_id else ""
            log = logs / self.arm / f"{each.case.point.process}.log"
            yield f"{self.arm}: {each.case.name}{order}: {'; '.join(each.wrong)}; see {log}"
        yield from (f"{self.arm}: {sentence}; see {logs / self.arm}" for sentence in self.violated)
        if not self.looked_at and not self.violated:
            yield f"{self.arm}: nothing was audited"

    def as_row(self) -> dict[str, Any]:
        """For the records."""
        counts = {name: len(getattr(self, name)) for name in ("unreached", "broken", "late")}
        reached, closed = (sum(getattr(each, name) for each in self.outcomes) for name in ("reached", "closed"))
        return {
            "ok": self.ok,
            "asked": self.asked,
            "reached": reached,
            "closed": closed,
            **counts,
            "closed_s": self.seconds("closed_s"),
            "moved_on_s": self.seconds("moved_on_s"),
            "violated": self.violated,
            "crashes": [each.as_row() for each in self.outcomes],
        }
