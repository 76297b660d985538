"""Tells a soak: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and `report.md`.

Computes nothing: what it prints was judged before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.charts.looks import Look, looks
from benchmarks.pages import machine_in_words, rendered
from benchmarks.rows import read_rows
from benchmarks.soak.drawing import Panel, drawn, panels
from benchmarks.soak.sampling import FILE
from benchmarks.soak.series import MEASURES, SHARE, series
from benchmarks.soak.words import cell
from benchmarks.statistics import TREND_CONFIDENCE

PAGES = {"report.html": "soak.html.j2", "report.md": "soak.md.j2"}


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told = _told(folder, summary, manifest)
    for file, template in PAGES.items():
        (folder / file).write_text(rendered(template, told, FILTERS), encoding="utf-8")
    return folder / "report.html"


def _told(folder: Path, summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    look = looks({arm: figures["pattern"] for arm, figures in summary["arms"].items()})
    found = list(panels(series(read_rows(folder / FILE)), summary["series"]))
    return {
        "summary": summary,
        "manifest": manifest,
        "folder": folder.resolve().name,
        "looks": look,
        "measures": MEASURES,
        "cells": {measure: {arm: _cell(summary, arm, measure) for arm in look} for measure in MEASURES},
        "groups": _groups(found, look, summary["soak"]),
        "still": _still(found),
        "share": f"{SHARE:.0%}",
        "confidence": f"{TREND_CONFIDENCE:.0%}",
        "machine": machine_in_words(manifest["machine"]),
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
