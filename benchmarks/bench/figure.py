"""A measured figure beside its goal: what it is, its interval, and whether the goal is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from benchmarks.bench.ratio import Estimate

Bound = Literal["≥", "≤"]


class Verdict(NamedTuple):
    """Whether the measured mean meets the goal; `about`: the interval contains the goal, so it may as well not."""

    met: bool
    about: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """`what` was measured in `unit` ("x": times, "ms", "s", "MiB", "%"). Without a goal it is only reported."""

    what: str
    found: Estimate
    bound: Bound | None = None
    goal: float | None = None
    unit: str = "x"

    @property
    def verdict(self) -> Verdict | None:
        """Of the goal; None when there is none."""
        if self.bound is None or self.goal is None:
            return None
        return at_least(self.found, self.goal) if self.bound == "≥" else at_most(self.found, self.goal)

    def as_row(self) -> dict[str, Any]:
        """For JSON: what is unknown is null."""
        found, verdict = self.found, self.verdict
        return {
            "what": self.what,
            "measured": found.value,
            "unit": self.unit,
            "interval": None if found.low is None else [found.low, found.high],
            "pairs": found.pairs,
            "bound": self.bound,
            "goal": self.goal,
            "met": verdict.met if verdict else None,
            "about": verdict.about if verdict else None,
        }


def at_least(found: Estimate, goal: float) -> Verdict:
    """Met when the measured mean is; the interval says how sure that is."""
    return Verdict(found.value >= goal, _contains(found, goal))


def at_most(found: Estimate, goal: float) -> Verdict:
    """As at_least, for goals from above."""
    return Verdict(found.value <= goal, _contains(found, goal))


def all_of(*verdicts: Verdict) -> Verdict:
    """Of a row with several goals: one that is clearly missed decides; else one that is in doubt puts all in doubt."""
    missed = any(not verdict.met and not verdict.about for verdict in verdicts)
    return Verdict(all(verdict.met for verdict in verdicts), not missed and any(verdict.about for verdict in verdicts))


def judged(figures: Sequence[Figure]) -> Verdict | None:
    """Of all figures that have a goal; None when none has."""
    verdicts = [figure.verdict for figure in figures if figure.verdict is not None]
    return all_of(*verdicts) if verdicts else None


def _contains(found: Estimate, goal: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= goal <= found.high
