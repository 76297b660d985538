"""A run's outcome on a terminal: a line for each figure, arm beside arm, then what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.capacity.telling import UNKNOWN
from benchmarks.commands import screen

Arm = Mapping[str, Any]


def drawn(summary: Mapping[str, Any]) -> RenderableType:
    """The table, and the sentences."""
    lines: list[RenderableType] = [] if summary["withheld"] else [_table(summary), Text("")]
    lines += [Text(sentence, "" if summary["ok"] else "bold") for sentence in summary["findings"]]
    held, checks = sum(check["ok"] for check in summary["checks"]), len(summary["checks"])
    orders = "; ".join(f"{arm} {each['orders']['accepted']:,}" for arm, each in summary["arms"].items())
    lines.append(Text(f"{held} of {checks} checks hold; orders accepted: {orders}", "dim"))
    return Group(*lines)


def _table(summary: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    table.add_column("", overflow="fold")
    for arm in summary["arms"]:
        table.add_column(screen.heading(arm), overflow="fold", justify="right")
    for title, cell in ROWS.items():
        table.add_row(title, *(cell(each) for each in summary["arms"].values()))
    return table


def _carried(arm: Arm) -> str:
    low, high = arm["capacity"]["interval"]
    return f"{_number(arm['capacity']['rate'])} [{_number(low)}, {_number(high)}]"


def _first(arm: Arm) -> str:
    seen = arm["saturation"]
    if seen is None or seen["first"] is None:
        return UNKNOWN
    return f"{seen['first']} {seen['shares'][seen['first']]:.0%} of a core"


def _replicas(arm: Arm) -> str:
    law = (arm["replicas"] or {}).get("law")
    if law is None:
        return UNKNOWN
    size, largest = list(law["speedups"].items())[-1]
    doubt = "" if largest["interval"] is None else f" [{largest['interval'][0]:.2f}, {largest['interval'][1]:.2f}]"
    return f"x {largest['times']:.2f}{doubt} ({size} {arm['replicas']['component']})"


def _goodput(arm: Arm) -> str:
    over = arm["overload"]
    if over is None:
        return UNKNOWN
    return ", ".join(f"{phase['goodput_share']:.0%} at {phase['times']:.2g} x" for phase in over["phases"][:-1])


def _back(arm: Arm) -> str:
    over = arm["overload"]
    if over is None:
        return UNKNOWN
    return "not within its time" if over["well_after_s"] is None else f"{over['well_after_s']:g} s"


def _number(value: float | None, digits: int = 0) -> str:
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


ROWS: Mapping[str, Callable[[Arm], str]] = {
    "carried, orders a second": _carried,
    "processor time per order, ms": lambda arm: _number(arm["cost"]["cpu_ms_per_order"], 2),
    "messages, bytes per order": lambda arm: (
        f"{_number(arm['cost']['messages_per_order'], 1)}, {_number(arm['cost']['bytes_per_order'])}"
    ),
    "most used process beyond it": _first,
    "closed a second with replicas": _replicas,
    "goodput under overload": _goodput,
    "well again after": _back,
}
