"""When the customers come: due times drawn in advance from the seed, never from how fast anything answers.

Arrivals have their own stream of chance, apart from the orders', so that another rate asks for the same
orders.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count, takewhile
from typing import Literal


def arrivals(seed: int, rate: float, law: Literal["poisson", "constant"]) -> Iterator[float]:
    """Endless due times in seconds after the start, `rate` a second on average. The first one is not at 0."""
    if rate <= 0:
        raise ValueError(f"a rate is more than 0 orders a second, not {rate}")
    return _poisson(seed, rate) if law == "poisson" else (number / rate for number in count(1))


def arrivals_within(seed: int, rate: float, law: Literal["poisson", "constant"], seconds: float) -> tuple[float, ...]:
    """The due times of a block that lasts so many seconds."""
    return tuple(takewhile(lambda due: due < seconds, arrivals(seed, rate, law)))


def _poisson(seed: int, rate: float) -> Iterator[float]:
    dice, due = random.Random(f"arrivals:{seed}"), 0.0
    while True:
        due += dice.expovariate(rate)
        yield due
