"""Tells a soak: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and `report.md`.

Computes nothing: what it prints was judged before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.charts.looks import Look
from benchmarks.rows import read_rows
from benchmarks.soak.drawing import Panel, drawn, panels
from benchmarks.soak.plan import EXPERIMENT
from benchmarks.soak.sampling import FILE
from benchmarks.soak.series import MEASURES, SHARE, series
from benchmarks.soak.words import cell
from benchmarks.statistics import TREND_CONFIDENCE


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one."""
    return pages.tell(folder, EXPERIMENT, lambda summary, look: _told(folder, summary, look), FILTERS)


def _told(folder: Path, summary: Mapping[str, Any], look: Mapping[str, Look]) -> dict[str, Any]:
    found = list(panels(series(read_rows(folder / FILE)), summary["series"]))
    return {
        "measures": MEASURES,
        "cells": {measure: {arm: _cell(summary, arm, measure) for arm in look} for measure in MEASURES},
        "groups": _groups(found, look, summary["soak"]),
        "still": _still(found),
        "share": f"{SHARE:.0%}",
        "confidence": f"{TREND_CONFIDENCE:.0%}",
    }


def _cell(summary: Mapping[str, Any], arm: str, measure: str) -> tuple[str, str]:
    return cell([each for each in summary["series"] if (each["arm"], each["measure"]) == (arm, measure)])


def _groups(found: list[Panel], look: Mapping[str, Look], soak: Mapping[str, Any]) -> dict[str, list[str]]:
    """Measure -> pictures of all that moves, what grows first."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    order = {measure: number for number, measure in enumerate(MEASURES)}
    moving = [panel for panel in found if not panel.still]
    for number, panel in enumerate(sorted(moving, key=lambda panel: (order[panel.measure], not _grows(panel)))):
        groups[panel.measure].append(drawn(panel, look, soak["warm_s"], soak["seconds"], f"series-{number}"))
    return dict(groups)


def _grows(panel: Panel) -> bool:
    return any(row["verdict"] == "grows" for row in panel.judged.values())


def _still(found: list[Panel]) -> dict[str, list[str]]:
    """Measure -> what never changed, with its value in each arm."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for panel in found:
        if panel.still:
            values = dict.fromkeys(f"{points[0][1]:g}" for points in panel.points.values() if points)
            groups[panel.measure].append(f"{panel.of} ({', '.join(values)})")
    return dict(groups)


def _figure(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:,.1f}".removesuffix(".0")


def _signed(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:+,.1f}"


FILTERS = {"figure": _figure, "signed": _signed}
