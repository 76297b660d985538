"""Which crash points are taken, and in which order."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.crashes.kinds import Kind, kinds_for
from compose.arm import Arm
from compose.crashes import CrashPoint, crash_points

PART = re.compile(r"^([1-9]\d{0,2})/([1-9]\d{0,2})$")


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`-th (from 1) of so many parts that together are the whole."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True)
class Case:
    """One crash, and the kind of order that comes by; None when no order does."""

    point: CrashPoint
    kind: Kind | None

    @property
    def name(self) -> str:
        """`payment-1/commit.after/charge (plain)`"""
        return f"{self.point.name} ({self.kind.name if self.kind else 'no order'})"


def part(text: str) -> Part:
    """`2/4`. Raises ValueError."""
    found = PART.match(text)
    if not found or int(found[1]) > int(found[2]):
        raise ValueError(f"a part is written as 2/4, the second of four, not {text[:20]!r}")
    return Part(int(found[1]), int(found[2]))


def part_of_day(day: int, of: int) -> Part:
    """The part whose turn it is on a day, counted from any beginning."""
    return Part(day % of + 1, of)


def cases(arm: Arm, chosen: Part, seed: int, only: str = "", every: bool = False) -> list[Case]:
    """The part's crashes of an arm, shuffled by the seed, its processes in turn.

    `only`: points whose name contains it. `every`: with each kind of order that comes by, and not just the plainest.
    In turn, because who dies again and again is taken to be in a crash loop.
    """
    found = [case for point in crash_points(arm) if only in point.name for case in _of(arm, point, every)]
    random.Random(f"crashes:{arm.name}").shuffle(found)  # alike for all seeds: parts must add up to the whole
    taken = found[chosen.number - 1 :: chosen.of]
    random.Random(f"crashes:{seed}:{arm.name}").shuffle(taken)
    return _in_turn(taken)


def _of(arm: Arm, point: CrashPoint, every: bool) -> Iterable[Case]:
    kinds = kinds_for(arm, point)
    return [Case(point, kind) for kind in (kinds if every else kinds[:1])] or [Case(point, None)]


def _in_turn(taken: Iterable[Case]) -> list[Case]:
    """Each process's crashes spread evenly over the whole."""
    by_process: dict[str, list[Case]] = defaultdict(list)
    for case in taken:
        by_process[case.point.process].append(case)
    placed = [
        ((rank + 0.5) / len(those), process, case)
        for process, those in by_process.items()
        for rank, case in enumerate(those)
    ]
    return [case for _, _, case in sorted(placed, key=lambda each: each[:2])]
