"""The search as it goes on: the arms in turn, each its own next rate, until all knees are found or the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.capacity.outcome import Outcome
from benchmarks.capacity.plan import PROBES_MAX, SEARCH_S_MAX
from benchmarks.capacity.search import Knee, Try, knee, next_rate

Probe = Callable[[str, int, float, int], Outcome]
"""(arm, number, rate, repeat): one probe, carried out."""


@dataclass(slots=True)
class Search:
    """Of several arms at once. `first`: arm -> the rate to begin with. `cut`: arms whose search the time cut short."""

    first: dict[str, float]
    seconds_max: float = SEARCH_S_MAX
    tries: dict[str, list[Try]] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)

    def run(self, probe: Probe) -> None:
        """Probe by probe, the arms in turn: what drifts falls on all of them."""
        until = time.monotonic() + self.seconds_max * max(1.0, len(self.first) / 2)
        left = list(self.first)
        while left:
            for arm in list(left):
                rate = self.due(arm)
                if rate is None:
                    left.remove(arm)
                elif time.monotonic() > until or len(self.tries[arm]) >= PROBES_MAX:
                    self.cut.append(arm)
                    left.remove(arm)
                else:
                    self._try(probe, arm, rate)

    def due(self, arm: str) -> float | None:
        """The arm's next rate; None when it is through."""
        return next_rate(self.tries.setdefault(arm, []), self.first[arm])

    def knees(self) -> dict[str, Knee]:
        """What is known so far."""
        return {arm: knee(tries) for arm, tries in self.tries.items()}

    def _try(self, probe: Probe, arm: str, rate: float) -> None:
        tries = self.tries[arm]
        found = probe(arm, len(tries), rate, _repeat(tries, rate))
        tries.append(Try(rate, found.verdict == "carried"))


def _repeat(tries: Sequence[Try], rate: float) -> int:
    return sum(each.rate == rate for each in tries)
