"""A coupling run's outcome on a terminal: who can do what while somebody is away, then what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.coupling.needs import CLOCKS
from benchmarks.coupling.plan import REDIS, everybody

COLOURS = {"yes": "green", "partly": "yellow", "no": "red"}
KINDS = {"violated": "bold red", "caveat": "dim", "held": "green"}


def drawn(summary: Mapping[str, Any]) -> RenderableType:
    """The matrix, arm beside arm, and the sentences."""
    views = summary["coupling"]["arms"]
    lines: list[RenderableType] = [] if summary["withheld"] else [_table(views), Text("")]
    lines += [Text(each["text"], KINDS.get(each["kind"], "")) for each in summary["findings"]]
    held = sum(check["ok"] for check in summary["checks"])
    lines.append(Text(f"{held} of {len(summary['checks'])} checks hold", "dim"))
    return Group(*lines)


def _table(views: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    table.add_column("away")
    for arm in views:
        table.add_column(f"{screen.heading(arm)}\n{' / '.join(CLOCKS)}".replace("-", "-\n", 1))
    for away in (*everybody(list(views)), REDIS):
        table.add_row(away, *(_cells(view["temporal"]["away"].get(away)) for view in views.values()))
    return table


def _cells(seen: Mapping[str, Any] | None) -> Text:
    """yes / partly 40 % / no; a dash where the arm has no such component."""
    if seen is None:
        return Text("\N{EN DASH}", "dim")
    told = Text()
    for number, clock in enumerate(CLOCKS):
        cell = seen["served"][clock]
        said = cell["verdict"] or "unknown"
        told.append(" / " if number else "").append(said, COLOURS.get(said, "dim"))
        told.append(f" {cell['share']:.0%}" if said == "partly" else "").append(
            "!" if cell["as_expected"] is False else ""
        )
    return told
