"""Experiments that are programmes of their own: they do more than put one load to each arm in turn.

What they are asked, and where they are found. Each is a package with a module `running` of two functions: `run(asked,
json)` carries it out, judges and tells; `show(folder, json)` judges and tells a run again, from its folder alone. Both
return the exit code.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line, checked. `urls`: arm -> a Redis server that is there already."""

    arms: Sequence[str]
    seed: int
    out: Path
    urls: Mapping[str, str]
    replicas: Mapping[str, int]
    allow_unequal: Sequence[str] = ()
    starts: int | None = None  # of the lab, for calibrate; None: as many as it takes by itself


class Programme(Protocol):
    """An experiment of its own. Both raise Trouble when the lab cannot be had, Unusable when nothing can be judged."""

    def run(self, asked: Asked, json: bool) -> int:
        """Carry it out, judge it, tell it. After Ctrl-C what there is is told too, then KeyboardInterrupt raised."""

    def show(self, folder: Path, json: bool) -> int:
        """Judge and tell again."""


PROGRAMMES: Mapping[str, str] = {
    "capacity": "benchmarks.capacity.running",
    "coupling": "benchmarks.coupling.running",
    "calibrate": "benchmarks.calibrate.running",
}
"""Experiment -> the module that carries it out, imported when it is asked for: most of them are dear to load."""


def programme(experiment: str) -> Programme:
    """The experiment of that name, one of PROGRAMMES."""
    return cast(Programme, importlib.import_module(PROGRAMMES[experiment]))
