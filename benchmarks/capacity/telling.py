"""Tells a run: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and `report.md`.

Computes nothing: what it prints was judged before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.capacity import drawing, plan
from benchmarks.capacity.findings import broken_of
from benchmarks.charts.looks import Look
from benchmarks.pages import Filters

UNKNOWN = "\N{EN DASH}"


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one."""
    return pages.tell(folder, plan.EXPERIMENT, _told, FILTERS)


def _told(summary: Mapping[str, Any], look: Mapping[str, Look]) -> dict[str, Any]:
    return {
        "plan": plan,
        "pictures": _pictures(summary, look),
        "courses": _courses(summary),
        "broken": broken_of(summary),
        "checks": folded(summary["checks"]),
    }


def folded(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each check of an arm over all its labs; what is violated keeps a row of its own."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for check in checks:
        key = check["id"], check["arm"] or "", "" if check["ok"] else str(check["lab"])
        row = rows.setdefault(key, {**check, "labs": 0, "looked_at": 0})
        row |= {"labs": row["labs"] + 1, "looked_at": row["looked_at"] + check["looked_at"]}
    return list(rows.values())


def _pictures(summary: Mapping[str, Any], look: Mapping[str, Look]) -> dict[str, list[str]]:
    arms = summary["arms"]
    rows = {arm: [row for row in summary["probes"] if row["arm"] == arm] for arm in arms}
    overloaded = {arm: each for arm, each in arms.items() if each["overload"] or each["surge"]}
    return {
        "probes": [
            drawing.probes(arm, rows[arm], each["capacity"], look[arm], summary["slo_s"])
            for arm, each in arms.items()
            if rows[arm]
        ],
        "shares": [
            drawing.shares(arm, each["saturation"], look[arm]) for arm, each in arms.items() if each["saturation"]
        ],
        "replicas": [
            drawing.replicas(arm, each["replicas"], look[arm])
            for arm, each in arms.items()
            if each["replicas"] and each["replicas"]["law"]
        ],
        "goodput": [drawing.goodput(overloaded, look)] if overloaded else [],
    }


def _courses(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each phase of each overload, with and without a bound."""
    return [
        {"arm": arm, "bound": f"{each[course]['open_max']:,}", **phase}
        for arm, each in summary["arms"].items()
        for course in ("overload", "surge")
        if each[course]
        for phase in each[course]["phases"]
    ]


def _figure(value: float | None, digits: int = 0) -> str:
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def _share(value: float | None, digits: int = 0) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}%}"


def _between(interval: list[float | None] | None, digits: int = 0) -> str:
    return UNKNOWN if not interval else f"[{_figure(interval[0], digits)}, {_figure(interval[1], digits)}]"


FILTERS: Filters = {"figure": _figure, "share": _share, "between": _between}
