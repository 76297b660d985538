"""Tells a calibration: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and
`report.md`. Computes nothing: what it prints was judged before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.calibrate.drawing import delay, differences
from benchmarks.calibrate.goals import BLOCKS, GOALS
from benchmarks.calibrate.trust import named
from benchmarks.charts.looks import looks
from benchmarks.pages import machine_in_words, rendered

PAGES = {"report.html": "calibrate.html.j2", "report.md": "calibrate.md.j2"}


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
    floor = summary["noise_floor"]["relative"] if summary["noise_floor"] else {}
    same = summary["same"]
    return {
        "summary": summary,
        "manifest": manifest,
        "folder": folder.resolve().name,
        "looks": look,
        "blocks": BLOCKS,
        "named": named,
        "pictures": [
            differences(measure, same["each"], summary["comparisons"], floor.get(measure), look) for measure in GOALS
        ],
        "delay": delay(summary["delay"], look),
        "machine": machine_in_words(manifest["machine"]),
    }


def _figure(value: float | None, digits: int = 2) -> str:
    return "\N{EN DASH}" if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value * 100:.1f} %"


FILTERS = {"figure": _figure, "share": _share}
