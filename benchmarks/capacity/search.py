"""Which rate to try next, and what is known of the knee: from what was tried so far, and from nothing else.

Doubling brackets the knee, halving the bracket on a scale of ratios narrows it, repeats at both ends confirm it. A rate
is carried when most of its tries were. What a repeat overturns moves the bracket, so a try that had bad luck costs time
and not the truth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.capacity.plan import HIGHEST, LOWEST, REPEATS, RESOLUTION

STEP = 2.0  # between neighbours while there is no bracket


@dataclass(frozen=True, slots=True)
class Try:
    """One probe: orders a second, and whether they were carried."""

    rate: float
    carried: bool


@dataclass(frozen=True, slots=True)
class Knee:
    """The highest rate that is carried, and how far that is known (orders/s).

    `low`: the highest rate that was carried whenever it was tried, with all below it; `high`: the lowest that never
    was, with none above it carried. None where there is no such rate.
    """

    rate: float | None
    low: float | None
    high: float | None
    tries: int


def next_rate(tries: Sequence[Try], first: float, highest: float = HIGHEST) -> float | None:
    """What to try now, beginning with `first`; None when all is known that can be, or no rate is low enough."""
    if not tries:
        return first
    count = tallies(tries)
    undecided = [rate for rate, (yes, no) in count.items() if yes == no]
    if undecided:
        return undecided[0]
    carried, above = bracket(count)
    if above is None:
        return min(carried * STEP, highest) if carried and carried < highest else _again(count, carried, None)
    if carried is None:
        return _lower(count, above, first)
    if above / carried > RESOLUTION:
        return math.sqrt(above * carried)
    return _again(count, carried, above)


def knee(tries: Sequence[Try]) -> Knee:
    """What is known so far."""
    count = tallies(tries)
    carried, _ = bracket(count)
    return Knee(carried, _sure_low(count), _sure_high(count), len(tries))


def tallies(tries: Iterable[Try]) -> dict[float, tuple[int, int]]:
    """Rate -> how often it was carried and how often not, lowest rate first."""
    found: dict[float, tuple[int, int]] = {}
    for each in tries:
        yes, no = found.get(each.rate, (0, 0))
        found[each.rate] = (yes + each.carried, no + (not each.carried))
    return dict(sorted(found.items()))


def bracket(count: Mapping[float, tuple[int, int]]) -> tuple[float | None, float | None]:
    """The highest carried rate below the lowest that was not, by majority; None where there is none."""
    above = next((rate for rate, (yes, no) in count.items() if no >= yes), None)
    carried = [rate for rate, (yes, no) in count.items() if yes > no and (above is None or rate < above)]
    return (carried[-1] if carried else None), above


def _lower(count: Mapping[float, tuple[int, int]], above: float, first: float) -> float | None:
    """Half of it, once it was not carried twice: what nothing below bounds, one moment's bad luck would send down."""
    if count[above][1] < 2:
        return above
    return above / STEP if above / STEP >= first / LOWEST else None


def _again(count: Mapping[float, tuple[int, int]], *ends: float | None) -> float | None:
    """The end of the bracket that was tried least, until both have their repeats."""
    due = [rate for rate in ends if rate is not None and sum(count[rate]) < REPEATS]
    return min(due, key=lambda rate: sum(count[rate]), default=None)


def _sure_low(count: Mapping[float, tuple[int, int]]) -> float | None:
    low = None
    for rate, (_, no) in count.items():
        if no:
            break
        low = rate
    return low


def _sure_high(count: Mapping[float, tuple[int, int]]) -> float | None:
    high = None
    for rate, (yes, _) in reversed(list(count.items())):
        if yes:
            break
        high = rate
    return high
