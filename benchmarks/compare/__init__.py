"""Two runs side by side: what differed around them, and what they measured, B less A. One judge judges both anew.

`finding` finds the two, `side` reads one, `conditions` says in what they differ, `sense` whether they may be compared
at all. `measures`, `gaps`, `counted` and `checks` set the figures side by side; `words`, `cells` and `page` tell them.
Nothing is written into a run's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.compare import words
from benchmarks.compare.checks import changed
from benchmarks.compare.conditions import differences
from benchmarks.compare.counted import counted, faults
from benchmarks.compare.gaps import gaps
from benchmarks.compare.measures import measured
from benchmarks.compare.sense import sense
from benchmarks.compare.side import Side

__all__ = ["compared"]


def compared(a: Path, b: Path) -> dict[str, Any]:
    """The comparison of two runs' folders, as data. Raises RunUnusable when one of them is no run.

    `ok` is false when nothing may be compared, or a check of either run failed.
    """
    sides = Side.read("A", a), Side.read("B", b)
    found = differences(*sides)
    may = sense(*sides)
    told: dict[str, Any] = {
        "a": sides[0].told(),
        "b": sides[1].told(),
        "ok": not may.refusals and all(side.ok for side in sides),
        "refusals": list(may.refusals),
        "withheld": list(may.withheld),
        "warnings": list(may.warnings),
        "conditions": found,
        "arms": may.arms,
        "only_in": {side.label.lower(): [arm for arm in side.run.arms if arm not in may.arms] for side in sides},
        "measures": measured(*sides, may),
        "gaps": gaps(*sides, may),
        "counted": counted(*sides, may),
        "faults": faults(*sides, may),
        "checks": changed(*sides),
    }
    return told | words.told(told)
