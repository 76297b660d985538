"""The latest traced orders, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.flow import COLOURS
from benchmarks.traces.journey import Key
from benchmarks.traces.listing import Brief

WIDE = 118  # from here on ids are shown whole
KINDS = {"shown": "went well", "undone": "undone", "troubled": "met a fault"}  # of a report's orders
END = 10  # letters of an id that are shown where there is no room: they tell orders apart, and will do to name one


def table(briefs: Sequence[Brief], width: int, shown: Mapping[Key, str]) -> Table:
    """A line for each. `shown`: those that a report shows, and as what."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("order", no_wrap=True)
    rows.add_column("arm", no_wrap=True)
    rows.add_column("ended", no_wrap=True)
    rows.add_column("closed, ms", justify="right", no_wrap=True)
    rows.add_column("spans", justify="right", no_wrap=True)
    rows.add_column("remarks")
    for brief in briefs:
        order = brief.order_id if width >= WIDE else f"\N{HORIZONTAL ELLIPSIS}{brief.order_id[-END:]}"
        arm = Text(brief.arm, COLOURS.get(brief.arm.partition("-")[0], "default"))
        ended = Text(brief.reason.replace("_", " ") or brief.ending, "red" if brief.ending != "completed" else "green")
        closed = "\N{EN DASH}" if brief.closed_ms is None else f"{brief.closed_ms:,.0f}"
        remarks = [
            *brief.remarks,
            *([f"in the report: {KINDS.get(shown[brief.key], shown[brief.key])}"] if brief.key in shown else []),
        ]
        rows.add_row(order, arm, ended, closed, str(brief.spans), ", ".join(remarks))
    return rows
