"""What a calibration needs of statistics besides the lab's own: shares with exact intervals, and half-widths.

The block is the unit here, too. Nobody here knows what is measured.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from scipy import stats

from benchmarks.statistics import CONFIDENCE, Interval, Sample, quantile

RESAMPLED = 1_000  # times that blocks are drawn anew: the ends of an interval then vary by some percent of its width
AT_ONCE = 100  # of them: a long calibration has tens of thousands of orders in each


def binomial_interval(hits: int, of: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Exact interval of a share that was seen `hits` times in `of`; None of none.

    Source: Clopper and Pearson, Biometrika 26 (1934), by the quantiles of beta distributions.
    """
    if not of:
        return None
    tail = (1 - confidence) / 2
    low = float(stats.beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def half_width(points: Sequence[float], blocks: int) -> float | None:
    """Half of Student's interval of the mean of so many blocks that vary as these do; None under two of either."""
    if min(len(points), blocks) < 2:
        return None
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, blocks - 1))
    return reach * float(np.std(points, ddof=1)) / math.sqrt(blocks)


def reach_of_mean(points: Sequence[float], of: int) -> float | None:
    """How far from their level the mean of `of` more such points may lie, by Student's t; None under two points."""
    if len(points) < 2:
        return None
    spread = float(np.std(points, ddof=1))
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, len(points) - 1)) * spread / math.sqrt(of)


def passes(shares: tuple[float, float], of: int) -> tuple[int, float]:
    """The question whether the exact interval contains the first share: up to how many hits in `of` its lower end does
    not lie above, and how often so few are seen when the second share is the true one (binomial)."""
    asked, true = shares
    most = max(hits for hits in range(of + 1) if (binomial_interval(hits, of) or (0.0,))[0] <= asked)
    return most, float(stats.binom.cdf(most, of, true))


def resampled(
    pairs: Sequence[tuple[Sample, Sample]], share: float, blocks: int, confidence: float = CONFIDENCE, seed: int = 0
) -> Interval | None:
    """An interval for the difference of pooled quantiles (left less right) over so many pairs of blocks.

    For blocks too small for a quantile of their own. Pairs of blocks are drawn, never requests: percentile bootstrap
    (Efron, Annals of Statistics 7, 1979). None where a quantile lies among the unfinished.
    """
    if not pairs or blocks < 2:
        return None
    dice = np.random.default_rng(random.Random(f"resampled:{seed}").getrandbits(32))
    times = dice.multinomial(blocks, [1 / len(pairs)] * len(pairs), size=RESAMPLED)  # how often each pair is drawn
    left, right = (_quantiles([pair[side] for pair in pairs], times, share) for side in (0, 1))
    if left is None or right is None:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(left - right, [tail, 1 - tail])
    return float(low), float(high)


def pooled(blocks: Sequence[Sample], share: float) -> float | None:
    """A quantile of all blocks' requests together; None when there is none, or it lies among the unfinished."""
    together = sum(blocks, Sample(()))
    return quantile(together, share) if together.count else None


def _quantiles(blocks: Sequence[Sample], times: np.ndarray, share: float) -> np.ndarray | None:
    """The pooled quantile for each row of `times`; None when one of them is not reached."""
    values = np.concatenate([np.asarray(block.values, float) for block in blocks])
    of = np.repeat(np.arange(len(blocks)), [len(block.values) for block in blocks])
    order = np.argsort(values)
    sizes, found = np.array([block.count for block in blocks]), []
    for some in np.array_split(times, max(1, len(times) // AT_ONCE)):
        ranks = np.maximum(1, np.ceil(share * (some @ sizes) - 1e-9))
        reached = np.cumsum(some[:, of[order]], axis=1)
        if not values.size or bool(np.any(reached[:, -1] < ranks)):
            return None
        found.append(np.argmax(reached >= ranks[:, None], axis=1))
    ranked: np.ndarray = values[order][np.concatenate(found)]
    return ranked
