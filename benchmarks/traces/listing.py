"""All traced orders in short: how each ended, and what was out of the ordinary. Every span is looked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.traces.journey import Key, closed_ns, ending
from benchmarks.traces.remarks import remarks_of
from benchmarks.traces.spans import Span

ORDERS_MAX = 20_000  # kept at a time, the newest; some 20 MB


@dataclass(slots=True)
class Brief:
    """One order. Of its spans only those are kept that tell how it ended: a handful."""

    arm: str
    order_id: str
    start_ns: int
    end_ns: int
    spans: int = 0
    remarks: dict[str, None] = field(default_factory=dict)
    _telling: list[Span] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Arm and order."""
        return self.arm, self.order_id

    @property
    def duration_ms(self) -> float:
        """From the first to the last that was done for it."""
        return round((self.end_ns - self.start_ns) / 1e6, 3)

    @property
    def closed_ms(self) -> float | None:
        """From its first span to the commit that closed it; None when that is not written."""
        at_ns = closed_ns(self._telling)
        return None if at_ns is None else round((at_ns - self.start_ns) / 1e6, 3)

    @property
    def ending(self) -> str:
        """completed, cancelled or open."""
        return ending(self._telling)[0]

    @property
    def reason(self) -> str:
        """Why it was cancelled."""
        return ending(self._telling)[1]

    def add(self, span: Span) -> None:
        """One more of its spans."""
        self.start_ns, self.end_ns = min(self.start_ns, span.start_ns), max(self.end_ns, span.end_ns)
        self.spans += 1
        self.remarks |= dict.fromkeys(remarks_of(span))
        if span.outcome in ("accepted", "rejected"):
            self._telling.append(span)

    def told(self) -> dict[str, Any]:
        """For JSON."""
        named = {"order_id": self.order_id, "arm": self.arm, "status": self.ending, "reason": self.reason or None}
        return named | {
            "closed_ms": self.closed_ms,
            "duration_ms": self.duration_ms,
            "spans": self.spans,
            "remarks": list(self.remarks),
        }


def briefs(spans: Iterable[Span], orders_max: int = ORDERS_MAX) -> list[Brief]:
    """Each order of these spans, the newest first; of more than `orders_max` the newest."""
    found: dict[Key, Brief] = {}
    for span in spans:
        if not span.order_id:
            continue
        key = span.arm, span.order_id
        if key not in found:
            found[key] = Brief(*key, span.start_ns, span.end_ns)
        found[key].add(span)
        if len(found) >= 2 * orders_max:
            found = {each.key: each for each in _newest(found.values())[:orders_max]}
    return _newest(found.values())[:orders_max]


def each_arm_in_turn(listed: Sequence[Brief], most: int, first: Collection[Key] = ()) -> list[Brief]:
    """So many of them, the newest first: those named, then of each arm in turn its newest."""
    turns = Counter[str]()
    ranked = []
    for brief in listed:
        named = brief.key in first
        ranked.append((not named, turns[brief.arm], -brief.start_ns, brief))
        turns[brief.arm] += not named
    ranked.sort(key=lambda each: each[:3])
    return _newest(each[3] for each in ranked[:most])


def _newest(briefs: Iterable[Brief]) -> list[Brief]:
    return sorted(briefs, key=lambda brief: (-brief.start_ns, brief.arm))
