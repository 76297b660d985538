"""Tells a coupling run: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and
`report.md`. Computes nothing: what it prints was judged before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.charts.looks import Look
from benchmarks.coupling.drawing import graph
from benchmarks.coupling.needs import CLOCKS
from benchmarks.coupling.plan import EXPERIMENT, REDIS, everybody
from benchmarks.pages import Filters

KINDS = ("operation", "event", "address", "handed", "job", "store")
SHORT = {"operation": "op", "event": "ev", "address": "addr", "handed": "(addr)", "job": "job", "store": "keys"}
DASH = "\N{EN DASH}"


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one."""
    return pages.tell(folder, EXPERIMENT, _told, FILTERS)


def _told(summary: Mapping[str, Any], look: Mapping[str, Look]) -> dict[str, Any]:
    views = summary["coupling"]["arms"]
    return {
        "views": views,
        "clocks": CLOCKS,
        "everybody": (*everybody(list(views)), REDIS),
        "redis": REDIS,
        "graphs": {arm: graph(f"graph-{number}", view, look[arm]) for number, (arm, view) in enumerate(views.items())},
        "named": {arm: named(view["static"]) for arm, view in views.items()},
    }


def named(static: Mapping[str, Any]) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    """Who names -> whom -> the dependencies, for the matrix. Streams beside them are in the records only."""
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for each in static.get("dependencies") or ():
        if each["kind"] in KINDS:
            found.setdefault(each["source"], {}).setdefault(each["target"], []).append(each)
    return found


def _amounts(dependencies: Sequence[Mapping[str, Any]]) -> str:
    """`2 op, addr`."""
    counts = {kind: sum(each["kind"] == kind for each in dependencies) for kind in KINDS}
    return ", ".join(_amount(kind, count) for kind, count in counts.items() if count)


def _amount(kind: str, count: int) -> str:
    return f"{count} {SHORT[kind]}" if kind in ("operation", "event") else SHORT[kind]


def _figure(value: float | None, digits: int = 1) -> str:
    return DASH if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{value:.0%}"


FILTERS: Filters = {"figure": _figure, "percent": _percent, "amounts": _amounts}
