"""Axes that several pictures share: shares of orders with the tail opened, and ticks whose words do not touch."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from statistics import NormalDist

from benchmarks.charts.svg import Scale

HARDLY = 1e-9
LETTER, TICK_AIR = 7.6, 8  # how wide a tick's letters are at most, and what lies between two ticks' words
LEVELS = (0.5, 0.9, 0.99, 0.999)
LOWEST = 0.05  # the quickest of all say little
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Shares:
    """From a share of all orders to its height. Equal steps of a normal distribution are equally far apart, so that
    the slowest 1 in 100 and 1 in 1,000 have room of their own (probability paper: Hazen, 1914)."""

    highest: float
    start: float
    end: float

    def __call__(self, share: float) -> float:
        low, high = (NORMAL.inv_cdf(end) for end in (LOWEST, self.highest))
        at = NORMAL.inv_cdf(min(max(share, LOWEST), self.highest))
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    def levels(self) -> list[float]:
        """The shares that are named."""
        return [level for level in LEVELS if level <= self.highest]


def apart(x: Scale) -> list[float]:
    """Ticks whose words do not touch: powers of ten first, then what has room between them."""
    chosen: list[float] = []
    for tick in sorted(x.ticks(), key=lambda tick: (log10(tick) % 1 > HARDLY, tick)):
        if all(abs(x(tick) - x(other)) >= _half(tick) + _half(other) + TICK_AIR for other in chosen):
            chosen.append(tick)
    return chosen


def plain(ms: float) -> str:
    """A tick without its unit."""
    return f"{ms:,.0f}" if ms >= 1 else f"{ms:g}"


def _half(tick: float) -> float:
    return len(plain(tick)) * LETTER / 2
