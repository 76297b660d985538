"""Arms that other packages describe: found by their entry points, looked at, and taken in when they are in order.

An entry point of the group `harmony.arms` bears the arm's name, and names an `Arm` or a function that returns one:

    [project.entry-points."harmony.arms"]
    orchestration-taskiq = "harmony_taskiq:arm"

One that is not in order is left out, with a sentence that says whose it is, what is wrong, and what to do.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from threading import Timer
from typing import Any

from compose.arm import Arm
from compose.described import objections

GROUP = "harmony.arms"
SLOW_S = 1.0  # what is loaded by then is not worth a word


@dataclass(frozen=True, slots=True)
class Outside:
    """The arms of other packages by their names; of those that cannot be taken, a sentence instead."""

    arms: Mapping[str, Arm] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)  # name -> `harmony-taskiq 0.1.0`


@cache
def _looked(own: frozenset[str], path: tuple[str, ...]) -> Outside:
    return among(tuple(entry_points(group=GROUP)), own)


def outside(own: Iterable[str]) -> Outside:
    """All that are installed, looked for once for each path of imports. `own`: names that are taken."""
    return _looked(frozenset(own), tuple(sys.path))


def among(registered: Iterable[EntryPoint], own: Iterable[str] = ()) -> Outside:
    """Those of these entry points that are in order, and what is wrong with each of the others. Never raises."""
    points = sorted(registered, key=lambda point: (point.name, point.value))
    often = Counter(point.name for point in points)
    wrong: dict[str, str] = {}
    arms: dict[str, Arm] = {}
    for point in points:
        with _named_when_slow(point):
            found = _taken(point, own, often) or _loaded(point)
        if isinstance(found, Arm):
            arms[point.name] = found
        else:
            wrong[point.name] = f"The arm {point.name} of {package(point)} cannot be used: {found}"
    return Outside(arms, wrong, {point.name: package(point) for point in points})


def package(point: EntryPoint) -> str:
    """Whose entry point it is: `harmony-taskiq 0.1.0`."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"


def _taken(point: EntryPoint, own: Iterable[str], often: Mapping[str, int]) -> str:
    if point.name in own:
        return "the lab has an arm of that name. Give it another name in its pyproject.toml."
    if often[point.name] > 1:
        return f"{often[point.name]} entry points have that name. Uninstall or rename all but one."
    return ""


@contextmanager
def _named_when_slow(point: EntryPoint) -> Iterator[None]:
    """Somebody else's code may block for ever: then whoever waits reads whose it is."""
    told = f"Still loading the arm {point.name} of {package(point)}. If it never ends, uninstall that package.\n"
    timer = Timer(SLOW_S, lambda: print(told, end="", file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _loaded(point: EntryPoint) -> Arm | str:
    """The arm, else what is wrong with it. Somebody else's code runs here: nothing that it raises is ours to pass."""
    try:
        named: Any = point.load()
        arm = named() if callable(named) else named
    except (Exception, SystemExit) as error:
        return f"{point.value} raises {type(error).__name__}: {error}. Mend it, or uninstall the package."
    if not isinstance(arm, Arm):
        return f"{point.value} is {type(arm).__name__}, and not a compose.arm.Arm or a function that returns one."
    try:
        return next(objections(arm, point.name), arm)
    except (TypeError, AttributeError, ValueError) as error:  # a field of another type than it is declared with
        return f"its description cannot be read ({error}). Fill in the fields as compose.arm.Arm has them."
