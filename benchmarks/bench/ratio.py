"""How many times more: the ratio of two systems over interleaved pairs of blocks, with its interval.

The block is the unit. Ratios multiply, so means and intervals are taken of their logarithms (Student t, 95 %).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Ratio:
    """The geometric mean of the pairs' ratios; the interval is None with fewer than two pairs."""

    value: float
    low: float | None
    high: float | None
    pairs: int

    def told(self) -> str:
        """`10.5 [8.5-13.3]`"""
        interval = "" if self.low is None or self.high is None else f" [{_figure(self.low)}-{_figure(self.high)}]"
        return f"{_figure(self.value)}{interval}"


def ratio(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """`over` / `under`, pair by pair."""
    from scipy import stats

    logs = [math.log(a / b) for a, b in zip(over, under, strict=True)]
    mean = fmean(logs)
    if len(logs) < 2:
        return Ratio(math.exp(mean), None, None, len(logs))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(logs) - 1)) * stdev(logs) / math.sqrt(len(logs))
    return Ratio(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
