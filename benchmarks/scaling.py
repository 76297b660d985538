"""How throughput changes with the number of servers: the universal scalability law, fitted, with its doubt.

X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)): one server's throughput, the share of the work that cannot be
divided (contention), and the price of every pair's agreeing (coherency). Source: N. Gunther, Guerrilla Capacity
Planning, 2007, chapter 5. Nobody here knows what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

CONFIDENCE = 0.95
DRAWS = 2_000
TOLD_MIN = 0.01  # a contention or coherency below a hundredth is none that anybody would see

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Law:
    """The three figures, in the unit of the throughput and as shares; `peak`: the N of most throughput, inf if none."""

    one: float
    sigma: float
    kappa: float

    def at(self, size: float) -> float:
        """Throughput of so many."""
        return self.one * size / (1 + self.sigma * (size - 1) + self.kappa * size * (size - 1))

    @property
    def peak(self) -> float:
        """sqrt((1 - sigma) / kappa), never under 1; without coherency more is always more, or as much."""
        return max(1.0, math.sqrt((1 - self.sigma) / self.kappa)) if self.kappa > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Fit:
    """A law through repeated measurements. Intervals are None where nothing was repeated; `starts`: size -> how many.

    `speedups`: size -> how many times the throughput of the smallest size, with its interval. `drawn`: the laws through
    what might have been measured as well, of which the intervals are the middle.
    """

    law: Law
    sigma_interval: Interval | None
    kappa_interval: Interval | None
    peak_interval: Interval | None
    speedups: Mapping[int, tuple[float, Interval | None]]
    points: int
    starts: Mapping[int, int]
    drawn: tuple[Law, ...] = ()

    @property
    def sigma_told(self) -> bool:
        """Whether there is contention, beyond doubt."""
        return self.sigma_interval is not None and self.sigma_interval[0] > TOLD_MIN

    @property
    def kappa_told(self) -> bool:
        """Whether there is coherency, beyond doubt."""
        return self.kappa_interval is not None and self.kappa_interval[0] > TOLD_MIN

    def band(self, size: float) -> Interval | None:
        """Where the throughput of so many lies."""
        return _middle([law.at(size) for law in self.drawn])


def fit(measured: Mapping[int, Sequence[Sequence[float]]], seed: int = 0, draws: int = DRAWS) -> Fit | None:
    """The law through throughputs by size, start by start; None with fewer than three sizes, or where one is none.

    The start is the unit: what was measured in one shares its luck, so its mean counts once.

    Least squares of relative errors: N / X(N) is linear in three coefficients, none of them negative, and sigma at most
    1 (Lawson and Hanson's NNLS). With three sizes the law goes through the means wherever these bounds let it, so all
    doubt is that of the starts: their spread, pooled over the sizes on a scale of ratios, with Student's tails.
    """
    sizes = sorted(size for size, starts in measured.items() if any(starts))
    if len(sizes) < 3 or any(value <= 0 for size in sizes for start in measured[size] for value in start):
        return None
    logs = [np.array([float(np.mean(np.log(start))) for start in measured[size] if start]) for size in sizes]
    means, counts = np.array([each.mean() for each in logs]), np.array([len(each) for each in logs])
    freedom = int(counts.sum()) - len(sizes)
    spread = math.sqrt(sum(float(np.sum((each - each.mean()) ** 2)) for each in logs) / freedom) if freedom else None
    law, points = _law(sizes, means), sum(len(start) for size in sizes for start in measured[size])
    starts = dict(zip(sizes, map(int, counts), strict=True))
    if spread is None:
        return Fit(law, None, None, None, _speedups(sizes, means, counts, None, 0), points, starts)
    drawn = _drawn(sizes, means, spread / np.sqrt(counts), freedom, seed, draws)
    return Fit(
        law,
        _middle([each.sigma for each in drawn]),
        _middle([each.kappa for each in drawn]),
        _middle([each.peak for each in drawn]),
        _speedups(sizes, means, counts, spread, freedom),
        points,
        starts,
        tuple(drawn),
    )


def _law(sizes: Sequence[int], logs: np.ndarray) -> Law:
    """N / X = (1 - sigma) / lambda + sigma / lambda N + kappa / lambda N (N - 1), each row divided by what was seen."""
    size, seen = np.asarray(sizes, float), np.exp(logs)
    rows = np.column_stack([np.ones_like(size), size, size * (size - 1)]) * (seen / size)[:, None]
    free, bound, pairs = map(float, optimize.nnls(rows, np.ones_like(size))[0])
    one = free + bound
    return Law(1 / one, bound / one, pairs / one) if one > 0 else Law(float(seen[0]), 1.0, 0.0)


def _drawn(
    sizes: Sequence[int], means: np.ndarray, errors: np.ndarray, freedom: int, seed: int, draws: int
) -> list[Law]:
    """Laws through means as they might have been: a parametric bootstrap, the spread itself in doubt."""
    dice = np.random.default_rng(seed)
    wider = np.sqrt(freedom / dice.chisquare(freedom, draws))
    moved = means + dice.standard_normal((draws, len(sizes))) * errors * wider[:, None]
    return [_law(sizes, each) for each in moved]


def _speedups(
    sizes: Sequence[int], means: np.ndarray, counts: np.ndarray, spread: float | None, freedom: int
) -> dict[int, tuple[float, Interval | None]]:
    found: dict[int, tuple[float, Interval | None]] = {}
    for at, size in enumerate(sizes):
        times = float(means[at] - means[0])
        interval = None
        if spread is not None and at:
            reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * spread
            reach *= math.sqrt(1 / counts[at] + 1 / counts[0])
            interval = math.exp(times - reach), math.exp(times + reach)
        found[size] = math.exp(times), interval
    return found


def _middle(values: Sequence[float]) -> Interval | None:
    if not values:
        return None
    ordered, out = sorted(values), (1 - CONFIDENCE) / 2
    return ordered[math.floor(out * (len(ordered) - 1))], ordered[math.ceil((1 - out) * (len(ordered) - 1))]
