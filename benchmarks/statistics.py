"""What numbers say, and how far: quantiles that count the unfinished, intervals over blocks, verdicts that need enough.

The block is the unit, never the request: requests of one block are strongly correlated, and pooling them finds a
difference in every second comparison of a thing with itself (PERFORMANCE 6). Nobody here knows what is measured.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
BLOCKS_MIN = 10  # fewer blocks a side print what they see: at 5 even Student's t and sign-flip disagree widely
STARTS_MIN = 3  # starts of the thing measured: within one, all blocks share its luck (memory layout, placement)
SIGNIFICANT = 0.05  # 1 - CONFIDENCE
BEYOND_MIN = 5  # a block's own quantile needs so many orders beyond it: 10 for p50, 50 for p90, 500 for p99
FLIPS_EXACT_MAX = 12  # 4,096 ways to flip the signs: all are tried; above, FLIPS drawn ones
FLIPS = 10_000
TREND_MIN = 20  # moments under which a trend is not told from a wave
TREND_CONFIDENCE = 0.99  # many series are looked at in one run: at 0.95 every fortieth still one would seem to grow

Interval = tuple[float, float]
Verdict = Literal["lower", "higher", "no difference shown", "no verdict"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of finished things (any order), and how many never finished: those are larger than any value."""

    values: Sequence[float]
    censored: int = 0

    @property
    def count(self) -> int:
        """All of them, the unfinished included."""
        return len(self.values) + self.censored

    def __add__(self, other: Sample) -> Sample:
        return Sample([*self.values, *other.values], self.censored + other.censored)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its doubt. `value` None: not reached, or nothing known. `how`: over blocks, or pooled."""

    value: float | None
    interval: Interval | None
    blocks: int
    how: Literal["blocks", "pooled"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Left minus right over pairs of blocks: its mean, interval, sign-flip p, and what may be said of it."""

    difference: float | None
    interval: Interval | None
    p_value: float | None
    blocks: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Trend:
    """How fast a value changes, per unit of time, with its interval; `middle` is the median value.

    `widened` is by how much the interval's variance was raised, because neighbours in time resemble each other.
    """

    slope: float
    interval: Interval
    middle: float
    points: int
    widened: float


def quantile(sample: Sample, share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None when it lies among the unfinished."""
    rank = max(1, math.ceil(share * sample.count - 1e-9))
    return float(np.partition(sample.values, rank - 1)[rank - 1]) if rank <= len(sample.values) else None


def curve(sample: Sample, shares: Sequence[float]) -> list[tuple[float, float | None]]:
    """(share, quantile) for each share; None from where the unfinished begin."""
    done = Sample(sorted(sample.values), sample.censored)
    return [(share, quantile(done, share)) for share in shares]


def orders_needed(share: float) -> int:
    """How many a block needs for a quantile of its own."""
    return math.ceil(BEYOND_MIN / (1 - share) - 1e-9)


def over_blocks(blocks: Sequence[Sample], share: float) -> Estimate:
    """A quantile: the mean of the blocks' own, or, where blocks are too small for one, pooled and bare."""
    if not blocks or min(block.count for block in blocks) < orders_needed(share):
        pooled = sum(blocks, Sample(()))
        return Estimate(quantile(pooled, share) if pooled.count else None, None, len(blocks), "pooled")
    points = [quantile(block, share) for block in blocks]
    reached = [point for point in points if point is not None]
    if len(reached) < len(points):
        return Estimate(None, None, len(points), "blocks")
    return mean_over_blocks(reached)


def mean_over_blocks(points: Sequence[float]) -> Estimate:
    """The mean of the blocks' figures with Student's interval; no interval under two blocks."""
    if not points:
        return Estimate(None, None, 0, "blocks")
    return Estimate(float(np.mean(points)), student_interval(points), len(points), "blocks")


def student_interval(points: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Student's interval of a mean; None under two points (Student, Biometrika 1908)."""
    if len(points) < 2:
        return None
    mean, error = float(np.mean(points)), float(np.std(points, ddof=1)) / math.sqrt(len(points))
    reach = float(stats.t.ppf((1 + confidence) / 2, len(points) - 1)) * error
    return mean - reach, mean + reach


def sign_flip(differences: Sequence[float], seed: int = 0) -> float | None:
    """Two-sided p of the mean under exchangeable signs (Fisher's randomisation test); None without differences.

    Exact up to FLIPS_EXACT_MAX blocks; above, FLIPS seeded flips, the observed one counted among them.
    """
    if not differences:
        return None
    observed = abs(math.fsum(differences)) * (1 - 1e-12)  # ties through rounding count as ties
    if len(differences) <= FLIPS_EXACT_MAX:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(differences))))
        return float(np.mean(np.abs(signs @ np.array(differences)) >= observed))
    dice = np.random.default_rng(random.Random(f"flips:{seed}").getrandbits(32))
    signs = dice.choice((-1.0, 1.0), size=(FLIPS, len(differences)))
    beyond = int(np.sum(np.abs(signs @ np.array(differences)) >= observed))
    return (beyond + 1) / (FLIPS + 1)


def compare(
    pairs: Sequence[tuple[float, float]],
    floor: float | None = None,
    blocks_min: int = BLOCKS_MIN,
    starts: int = STARTS_MIN,
) -> Difference:
    """Left against right, pair of blocks by pair of blocks.

    "no verdict" under `blocks_min` pairs, or when all came from fewer than STARTS_MIN `starts`. "no difference shown"
    unless Student's interval and the sign-flip p both show one, and when the difference is not above `floor`: what
    this machine shows between a thing and itself.
    """
    differences = [left - right for left, right in pairs]
    estimate = mean_over_blocks(differences)
    p_value = sign_flip(differences)
    enough = estimate.blocks >= blocks_min and starts >= STARTS_MIN
    verdict = _verdict(estimate, p_value, floor) if enough else "no verdict"
    return Difference(estimate.value, estimate.interval, p_value, estimate.blocks, verdict)


def _verdict(estimate: Estimate, p_value: float | None, floor: float | None) -> Verdict:
    if estimate.value is None or estimate.interval is None or p_value is None:
        return "no verdict"
    low, high = estimate.interval
    doubted = low <= 0 <= high or p_value > SIGNIFICANT
    if doubted or (floor is not None and abs(estimate.value) <= floor):
        return "no difference shown"
    return "lower" if estimate.value < 0 else "higher"


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Left minus right of blocks without a partner: mean, interval and Welch's p over blocks, and what may be said.

    `p_starts` is Welch's p over the means of starts.
    """

    difference: float | None
    interval: Interval | None
    p_value: float | None
    p_starts: float | None
    blocks: tuple[int, int]
    verdict: Verdict


def compare_unpaired(
    left: Sequence[Sequence[float]],
    right: Sequence[Sequence[float]],
    floor: float | None = None,
    blocks_min: int = BLOCKS_MIN,
) -> Unpaired:
    """Left against right, start by start its blocks, where no block of the one belongs to a block of the other.

    "no verdict" when a side has fewer than `blocks_min` blocks or STARTS_MIN starts. Else as `compare` says, and "no
    difference shown" also unless the starts agree: nothing pairs them here, and all blocks of one share its luck.
    """
    blocks = [[value for start in side for value in start] for side in (left, right)]
    estimate, p_value = welch(*blocks)
    _, p_starts = welch(*([float(np.mean(start)) for start in side if start] for side in (left, right)))
    counts = len(blocks[0]), len(blocks[1])
    enough = min(counts) >= blocks_min and min(len(left), len(right)) >= STARTS_MIN
    doubt = None if p_value is None or p_starts is None else max(p_value, p_starts)
    verdict = _verdict(estimate, doubt, floor) if enough else "no verdict"
    return Unpaired(estimate.value, estimate.interval, p_value, p_starts, counts, verdict)


def welch(left: Sequence[float], right: Sequence[float]) -> tuple[Estimate, float | None]:
    """The difference of two means with its interval, and the two-sided p; neither has to have the other's variance.

    Source: Welch, Biometrika 34 (1947), with Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946). No
    interval and no p under two values a side.
    """
    counts = len(left), len(right)
    if not min(counts):
        return Estimate(None, None, min(counts), "blocks"), None
    difference = float(np.mean(left)) - float(np.mean(right))
    if min(counts) < 2:
        return Estimate(difference, None, min(counts), "blocks"), None
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (left, right)]
    error = math.sqrt(sum(parts))
    if error <= 1e-12 * max(map(abs, (*left, *right))):  # no doubt at all, or only that of rounding
        return Estimate(difference, (difference, difference), min(counts), "blocks"), float(abs(difference) <= error)
    shares = [part / sum(parts) for part in parts]
    freedom = 1 / sum(share**2 / (count - 1) for share, count in zip(shares, counts, strict=True))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(difference) / error, freedom))
    return Estimate(difference, (difference - reach, difference + reach), min(counts), "blocks"), p_value


def theil_sen(
    times: Sequence[float], values: Sequence[float], confidence: float = TREND_CONFIDENCE, least: int = TREND_MIN
) -> Trend | None:
    """The median of the slopes between all pairs of moments, with its interval; None under `least` moments.

    Theil (Indagationes Mathematicae 12, 1950); the interval by the ranks of the slopes is Sen's (JASA 63, 1968). Its
    variance, which supposes independent moments, is corrected for serial correlation after Hamed and Rao (J. Hydrology
    204, 1998), by the lags up to the first that cannot be told from none: else a wave seems to be a trend.
    """
    x, y = np.asarray(times, float), np.asarray(values, float)
    if len(x) < max(least, 3) or len(np.unique(x)) < len(x):
        return None
    first, second = np.triu_indices(len(x), 1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    slope = float(np.median(slopes))
    widened = _resemblance(y - slope * x)
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(_kendall_variance(y) * widened)
    low, high = math.floor((len(slopes) - reach) / 2) - 1, math.ceil((len(slopes) + reach) / 2)
    interval = float(slopes[max(low, 0)]), float(slopes[min(high, len(slopes) - 1)])
    return Trend(slope, interval, float(np.median(y)), len(x), widened)


def _kendall_variance(values: np.ndarray) -> float:
    """Of Kendall's S without a trend, ties counted (Kendall, Rank Correlation Methods, 1955)."""
    count = len(values)
    _, ties = np.unique(values, return_counts=True)
    tied = float(np.sum(ties * (ties - 1) * (2 * ties + 5)))
    return max(0.0, (count * (count - 1) * (2 * count + 5) - tied) / 18)


def _resemblance(values: np.ndarray) -> float:
    """Hamed and Rao's factor, never under 1: no interval becomes narrower for it."""
    count = len(values)
    ranks = stats.rankdata(values)
    ranks = ranks - ranks.mean()
    power = float(ranks @ ranks)
    total = 0.0
    for lag in range(1, count - 2):
        alike = float(ranks[:-lag] @ ranks[lag:]) / power if power else 0.0
        if alike < 1.96 / math.sqrt(count):
            break
        total += (count - lag) * (count - lag - 1) * (count - lag - 2) * alike
    return max(1.0, 1 + 2 * total / (count * (count - 1) * (count - 2)))
