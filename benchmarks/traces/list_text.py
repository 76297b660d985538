"""The latest traced orders, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.flow import COLOURS
from benchmarks.traces.listing import Brief

WIDE = 118  # from here on ids are shown whole
END = 10  # letters of an id that are shown where there is no room: they tell orders apart, and will do to name one


def table(briefs: Sequence[Brief], width: int) -> Table:
    """A line for each."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("order", no_wrap=True)
    rows.add_column("arm", no_wrap=True)
    rows.add_column("ended", no_wrap=True)
    rows.add_column("ms", justify="right", no_wrap=True)
    rows.add_column("spans", justify="right", no_wrap=True)
    rows.add_column("remarks")
    for brief in briefs:
        order = brief.order_id if width >= WIDE else f"\N{HORIZONTAL ELLIPSIS}{brief.order_id[-END:]}"
        arm = Text(brief.arm, COLOURS.get(brief.arm.partition("-")[0], "default"))
        ended = Text(brief.reason.replace("_", " ") or brief.ending, "red" if brief.ending != "completed" else "green")
        rows.add_row(order, arm, ended, f"{brief.duration_ms:,.0f}", str(brief.spans), ", ".join(brief.remarks))
    return rows
