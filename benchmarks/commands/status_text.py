"""A lab's status for a terminal: a row per process, and what one can do next."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen

FINE = ("ready", "running")


def table(shape: dict[str, Any]) -> Table:
    """Every process of every arm."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("process", no_wrap=True)
    rows.add_column("pid", justify="right")
    rows.add_column("where", no_wrap=True, overflow="ellipsis")
    rows.add_column("state")
    for arm, told in shape["arms"].items():
        rows.add_row(screen.heading(arm), "", f"door {told['door']}", "")
        for process in told["processes"]:
            where = process["url"] or "–"
            rows.add_row(f"  {process['name']}", str(process["pid"] or "–"), where, _state(process["state"]))
    return rows


def _state(state: str) -> Text:
    return Text(state, "green" if state in FINE else "yellow")


def hints(shape: dict[str, Any]) -> Text:
    """The stock locust command, an order, a fault, the end."""
    arm, told = next(iter(shape["arms"].items()))
    lines = [
        "",
        "Try:",
        "  harmony order          one order in each arm, its events side by side",
        "  harmony audit          the invariants, once all is at rest",
        "  harmony down           stop everything",
        f"  harmony fault kill payment-1 --arm {arm}",
        f"  locust -f benchmarks/locustfile.py --host {told['door']} --rate 50",
    ]
    return Text("\n".join(lines))
