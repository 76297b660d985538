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


def resampled(pairs: Sequence[tuple[Sample, Sample]], share: float, blocks: int, seed: int = 0) -> Interval | None:
    """An interval for the difference of pooled quantiles (left less right) over so many pairs of blocks.

    For blocks too small for a quantile of their own. Pairs of blocks are drawn, never requests: percentile bootstrap
    (Efron, Annals of Statistics 7, 1979). None where a quantile lies among the unfinished.
    """
    if not pairs or blocks < 2:
        return None
    dice, seen = np.random.default_rng(random.Random(f"resampled:{seed}").getrandbits(32)), []
    for drawn in dice.integers(len(pairs), size=(RESAMPLED, blocks)):
        left, right = (_pooled([pairs[number][side] for number in drawn], share) for side in (0, 1))
        if left is None or right is None:
            return None
        seen.append(left - right)
    tail = (1 - CONFIDENCE) / 2
    return float(np.quantile(seen, tail)), float(np.quantile(seen, 1 - tail))


def pooled(blocks: Sequence[Sample], share: float) -> float | None:
    """A quantile of all blocks' requests together; None when there is none, or it lies among the unfinished."""
    return _pooled(blocks, share) if blocks else None


def _pooled(blocks: Sequence[Sample], share: float) -> float | None:
    values = np.concatenate([np.asarray(block.values, float) for block in blocks])
    together = Sample(values.tolist(), sum(block.censored for block in blocks))
    return quantile(together, share) if together.count else None
