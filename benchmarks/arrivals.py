"""When the customers come: due times drawn in advance from the seed, never from how fast anything answers.

Arrivals have their own stream of chance, apart from the orders', so that another rate or another shape asks for the
same orders. A law draws arrivals that come one a second; they are then put where the rate's integral reaches them.
That change of time makes a Poisson process of any rate out of one of rate 1 (E. Cinlar, Introduction to Stochastic
Processes, 1975, section 4.7), exactly and without a draw thrown away.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import accumulate, count, repeat, takewhile
from typing import Literal

from benchmarks.shapes import Shape

Law = Literal["poisson", "constant", "crowds"]

SHAPE_S = 60.0  # how long a shape takes in a load without end, unless said otherwise
CROWD = 50  # who come together: orders 0 to 49 are the first crowd, 50 to 99 the second
CROWDED = 0.1  # they come within this part of the time from crowd to crowd: ten times the mean rate


def arrivals(seed: int, rate: float, law: Law, shape: Shape | None = None, shape_s: float = SHAPE_S) -> Iterator[float]:
    """Endless due times in seconds after the start, `rate` a second on average. The first one is not at 0.

    `shape`: how the rate changes over `shape_s`; None: never. Raises ValueError for a rate or a length that is none.
    """
    if not 0 < rate < math.inf:
        raise ValueError(f"a rate is more than 0 orders a second, not {rate:g}")
    if not 0 < shape_s < math.inf:
        raise ValueError(f"a shape takes more than 0 seconds, not {shape_s:g}")
    drawn = _drawn(random.Random(f"arrivals:{seed}"), law)
    if shape is None:
        return (number / rate for number in drawn)
    return (shape.moment(number / (rate * shape_s)) * shape_s for number in drawn)


def arrivals_within(
    seed: int, rate: float, law: Law, seconds: float, shape: Shape | None = None, shape_s: float | None = None
) -> tuple[float, ...]:
    """The due times of a block that lasts so many seconds. A shape takes as long as its block unless said otherwise."""
    if not 0 < seconds < math.inf:
        raise ValueError(f"a block lasts more than 0 seconds, not {seconds:g}")
    return tuple(takewhile(lambda due: due < seconds, arrivals(seed, rate, law, shape, shape_s or seconds)))


def _drawn(dice: random.Random, law: Law) -> Iterator[float]:
    """The moments of arrivals that come one a second on average, for ever."""
    if law == "constant":
        return map(float, count(1))
    if law == "crowds":
        return _crowds(dice)
    return accumulate(dice.expovariate(gap) for gap in repeat(1.0))


def _crowds(dice: random.Random) -> Iterator[float]:
    for number in count():
        yield from sorted((number + 0.5 + CROWDED * dice.random()) * CROWD for _ in range(CROWD))
