"""How the rate of a load changes: shapes as data, and the moment at which the n-th arrival of a shape is due.

A shape has a mean of 1, so a block has as many orders whatever its shape, and `--rate` means the same in all of them.
Chance does not live here: `arrivals.py` draws arrivals that come one a second, and a shape says when that many are due.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch of a shape: this part of its length, over which the rate goes evenly from `start` to `end` times the
    mean."""

    part: float
    start: float
    end: float

    @property
    def arrivals(self) -> float:
        """Which part of the shape's arrivals come in it."""
        return self.part * (self.start + self.end) / 2

    def into(self, arrivals: float) -> float:
        """How far into the leg so many arrivals have come: the inverse of the rate's integral, a quadratic."""
        steepness = (self.end - self.start) / self.part
        return 2 * arrivals / (self.start + math.sqrt(self.start**2 + 2 * steepness * arrivals))


@dataclass(frozen=True, slots=True)
class Shape:
    """Legs in turn. After the last one the shape begins `again`, or its last rate stays.

    Raises ValueError when the legs do not make up a whole, when their mean is not 1, or when a rate is not above 0.
    """

    legs: tuple[Leg, ...]
    again: bool = False

    def __post_init__(self) -> None:
        if not math.isclose(sum(leg.part for leg in self.legs), 1):
            raise ValueError("the legs of a shape make up a whole")
        if not math.isclose(sum(leg.arrivals for leg in self.legs), 1):
            raise ValueError("the mean of a shape is 1: only then does a rate mean the same in all of them")
        if min(min(leg.start, leg.end) for leg in self.legs) <= 0:
            raise ValueError("a shape never stands still: its rates are above 0")

    @property
    def lowest(self) -> float:
        """Its lowest rate, in means."""
        return min(min(leg.start, leg.end) for leg in self.legs)

    @property
    def highest(self) -> float:
        """Its highest rate, in means."""
        return max(max(leg.start, leg.end) for leg in self.legs)

    def moment(self, shapes: float) -> float:
        """When so many shapes' worth of arrivals have come, counted in lengths of the shape."""
        if shapes > 1 and not self.again:
            return 1 + (shapes - 1) / self.legs[-1].end
        whole = math.floor(shapes) if self.again else 0
        return whole + self._within(shapes - whole)

    def _within(self, arrivals: float) -> float:
        began = 0.0
        for leg in self.legs:
            if arrivals <= leg.arrivals:
                return began + leg.into(arrivals)
            began, arrivals = began + leg.part, arrivals - leg.arrivals
        return 1.0  # what rounding left over


def steps(*levels: float) -> Iterator[Leg]:
    """As many legs of equal length, each at one level."""
    return (Leg(1 / len(levels), level, level) for level in levels)


RAMP = Shape((Leg(1, 0.2, 1.8),))
STEPS = Shape(tuple(steps(0.2, 0.6, 1.0, 1.4, 1.8)))
BURST = Shape((Leg(0.5, 0.5, 0.5), Leg(0.125, 4.5, 4.5), Leg(0.375, 0.5, 0.5)), again=True)
OVERLOAD = Shape((Leg(4 / 14, 28 / 23, 28 / 23), Leg(4 / 14, 42 / 23, 42 / 23), Leg(6 / 14, 7 / 23, 7 / 23)))
"""Twice as much as an arm carries, then three times, then half of it, where the mean is 23 / 14 of what it carries."""
SURGE = Shape((Leg(0.4, 20 / 11, 20 / 11), Leg(0.6, 5 / 11, 5 / 11)))
"""Twice as much, then half, where the mean is 11 / 10 of what it carries."""
SALE = Shape((Leg(0.25, 0.5, 0.5), Leg(0.10, 5.5, 1.5), Leg(0.40, 1.5, 0.5), Leg(0.25, 0.5, 0.5)), again=True)
"""Calm, then the sale opens: eleven times as many come at once, most leave soon, the rest trail away."""
