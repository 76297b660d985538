"""Other rates and injected work on a terminal: a line per condition, arm beside arm, and the difference of two arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.findings.cells import about, far, shows
from benchmarks.findings.words import reached

Summary = Mapping[str, Any]

MEASURE, PAIR = "closed_ms_p50", 2
LABEL, COLUMN = 20, 18  # columns of a terminal


def conditions(summary: Summary, width: int) -> RenderableType:
    """Median and 999 of 1,000 until closed, condition by condition; nothing where there is only one."""
    if not summary.get("conditions"):
        return Text()
    arms, at_a_time = list(summary["arms"]), max(1, (width - LABEL) // COLUMN)
    parts = [arms[first : first + at_a_time] for first in range(0, len(arms), at_a_time)]
    return Group(Text(), *(_table(summary, part, width) for part in parts))


def _table(summary: Summary, arms: list[str], width: int) -> Table:
    beside = len(summary["arms"]) == PAIR and width >= LABEL + COLUMN * (PAIR + 2)
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("closed: median;\n999 of 1,000", no_wrap=True)
    for arm in arms:
        rows.add_column(_heading(arm), justify="right", no_wrap=True)
    if beside:
        rows.add_column("difference of medians, 95 %", justify="right")
    for condition in summary["conditions"]:
        cells = [_cell(condition["arms"].get(arm)) for arm in arms]
        rows.add_row(condition["id"], *cells, *([_difference(condition)] if beside else []))
        if condition["work"]:
            rows.add_row("  [dim]coordination[/]", *(_added(condition["arms"].get(arm)) for arm in arms))
    return rows


def _heading(arm: str) -> str:
    return "\n".join(f"[bold {screen.colour(arm)}]{part}[/]" for part in arm.split("-", 1))


def _cell(figures: Mapping[str, Any] | None) -> str:
    if figures is None:
        return "–"
    closed = figures["latency_ms"]["closed"]
    return f"{reached(closed['p50'])}; {far(closed)}"


def _added(figures: Mapping[str, Any] | None) -> str:
    left = figures["coordination_ms"] if figures else None
    return f"[dim]{reached(left['closed']['p50'])}[/]" if left else "–"


def _difference(condition: Mapping[str, Any]) -> str:
    return ", ".join(_told(condition["comparisons"]))


def _told(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["measure"] == MEASURE:
            yield about(row)
            yield from filter(None, [shows(row)])
