"""Tells a calibration: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and
`report.md`. Computes nothing: what it prints was judged before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.calibrate.drawing import delay, differences
from benchmarks.calibrate.goals import BLOCKS, GOALS
from benchmarks.calibrate.plan import EXPERIMENT
from benchmarks.calibrate.trust import named
from benchmarks.charts.looks import Look


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one."""
    return pages.tell(folder, EXPERIMENT, _told, FILTERS)


def _told(summary: Mapping[str, Any], look: Mapping[str, Look]) -> dict[str, Any]:
    floor = summary["noise_floor"]["relative"] if summary["noise_floor"] else {}
    same = summary["same"]
    return {
        "blocks": BLOCKS,
        "named": named,
        "pictures": [
            differences(measure, same["each"], summary["comparisons"], floor.get(measure), look) for measure in GOALS
        ],
        "delay": delay(summary["delay"], look),
    }


def _figure(value: float | None, digits: int = 2) -> str:
    return "\N{EN DASH}" if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value * 100:.1f} %"


FILTERS = {"figure": _figure, "share": _share}
