"""A soak's outcome on a terminal: a line for each measure, arm beside arm, then what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.soak.series import MEASURES
from benchmarks.soak.words import cell

COLOURS = {"grows": "bold red", "settles": "green", "falls": "yellow", "flat": "green"}


def drawn(summary: Mapping[str, Any]) -> RenderableType:
    """The table, the checks that did not hold, and the sentences."""
    lines: list[RenderableType] = [] if summary["withheld"] else [_table(summary), Text("")]
    checks = summary["checks"]
    held = sum(check["ok"] for check in checks)
    lines += [Text(sentence, "" if summary["ok"] else "bold") for sentence in summary["findings"]]
    orders = "; ".join(f"{arm} {each['orders']['accepted']:,}" for arm, each in summary["arms"].items())
    told = f"{held} of {len(checks)} checks hold; " if checks else ""
    lines.append(Text(f"{told}orders accepted: {orders}", "dim"))
    return Group(*lines)


def _table(summary: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    table.add_column("", overflow="fold")
    for arm in summary["arms"]:
        table.add_column(screen.heading(arm).replace("-", "-\n", 1), overflow="fold")
    for measure, words in MEASURES.items():
        cells = [_cell(summary["series"], arm, measure) for arm in summary["arms"]]
        table.add_row(words.title, *cells)
    return table


def _cell(series: Sequence[Mapping[str, Any]], arm: str, measure: str) -> Text:
    verdict, words = cell([each for each in series if (each["arm"], each["measure"]) == (arm, measure)])
    return Text(words, COLOURS.get(verdict, "dim"))
