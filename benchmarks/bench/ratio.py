"""How many times more, or how much more: two systems over interleaved pairs of blocks, with an interval.

The block is the unit. Ratios multiply, so their means and intervals are taken of their logarithms; differences add up,
so theirs are taken as they are (Student t, 95 %, both). How many times one difference is another: Fieller's interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over pairs of blocks; the interval is None with fewer than two pairs, and where none is bounded."""

    value: float
    low: float | None
    high: float | None
    pairs: int

    def told(self) -> str:
        """`10.5 [8.5-13.3]`; `-0.10 [-0.30 to 0.10]` where a sign would be taken for the dash."""
        return f"{figure(self.value)}{f' {self.interval()}' if self.interval() else ''}"

    def interval(self) -> str:
        """`[8.5-13.3]`; nothing where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"[{figure(self.low)}{' to ' if self.low < 0 else '-'}{figure(self.high)}]"


def ratio(over: Sequence[float], under: Sequence[float]) -> Estimate:
    """`over` / `under`, pair by pair: the geometric mean."""
    found = mean([math.log(a / b) for a, b in zip(over, under, strict=True)])
    low, high = (None if end is None else math.exp(end) for end in (found.low, found.high))
    return Estimate(math.exp(found.value), low, high, found.pairs)


def difference(over: Sequence[float], under: Sequence[float]) -> Estimate:
    """`over` - `under`, pair by pair: the mean, in the unit of both."""
    return mean([a - b for a, b in zip(over, under, strict=True)])


def mean(values: Sequence[float]) -> Estimate:
    """The mean with Student's interval (Student, Biometrika 1908)."""
    middle = fmean(values)
    if len(values) < 2:
        return Estimate(middle, None, None, len(values))
    half = _t(len(values)) * stdev(values) / math.sqrt(len(values))
    return Estimate(middle, middle - half, middle + half, len(values))


def times(over: Sequence[float], under: Sequence[float]) -> Estimate:
    """The mean of `over` / the mean of `under`, whose pairs belong together; either may come near zero.

    The interval is Fieller's (Fieller, J. R. Stat. Soc. B 1954): the factors f for which `over - f * under` may well be
    zero. None when that leaves out no factor, because `under` may be zero itself. Raises ZeroDivisionError when it is.
    """
    a, b, count = fmean(over), fmean(under), len(over)
    if count < 2:
        return Estimate(a / b, None, None, count)
    squared = _t(count) ** 2 / count
    aa, bb, ab = (squared * each for each in (stdev(over) ** 2, stdev(under) ** 2, _covariance(over, under)))
    leading, middle = b * b - bb, a * b - ab
    inside = middle * middle - leading * (a * a - aa)
    if leading <= 0 or inside < 0:
        return Estimate(a / b, None, None, count)
    return Estimate(a / b, (middle - math.sqrt(inside)) / leading, (middle + math.sqrt(inside)) / leading, count)


def figure(value: float) -> str:
    """Two places below 10, one from there on."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _covariance(left: Sequence[float], right: Sequence[float]) -> float:
    a, b = fmean(left), fmean(right)
    return math.fsum((x - a) * (y - b) for x, y in zip(left, right, strict=True)) / (len(left) - 1)


def _t(count: int) -> float:
    from scipy import stats

    return float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1))
