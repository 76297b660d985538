"""A calibration's outcome on a terminal: the table of trust, the checks that did not hold, the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.calibrate.trust import MET, NO, UNMET, UNSHOWN, YES, named

COLOURS = {YES: "green", MET: "green", NO: "bold red", UNMET: "yellow", UNSHOWN: "yellow"}


def drawn(summary: Mapping[str, Any]) -> RenderableType:
    """The question, the sentences, the table, the floor."""
    style = "" if summary["ok"] else "bold"
    lines: list[RenderableType] = [Text(summary["question"], "bold")]
    lines += [Text(sentence, style) for sentence in summary["findings"]]
    lines += [Text(""), _table(summary), Text("")]
    held = sum(check["ok"] for check in summary["checks"])
    lines.append(Text(f"{held} of {len(summary['checks'])} checks hold; {_floor(summary)}", "dim"))
    return Group(*lines)


def _table(summary: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1), expand=True)
    for name, ratio in (("asked", 4), ("truth", 4), ("found", 6), ("held?", 2)):
        table.add_column(name, overflow="fold", ratio=ratio)
    for row in summary["trust"]:
        cells = (row["asked"], row["truth"], row["found"])
        table.add_row(*map(Text, cells), Text(row["held"], COLOURS.get(row["held"], "dim")))
    return table


def _floor(summary: Mapping[str, Any]) -> str:
    if summary["noise_floor"] is None:
        return "too little was seen for a noise floor"
    shares = ", ".join(
        f"{named(name)} {share * 100:.1f} %" for name, share in summary["noise_floor"]["relative"].items()
    )
    return f"noise floor: {shares}"
