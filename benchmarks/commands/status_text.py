"""A lab's status for a terminal: a row per process, and what one can do next."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.commands.programs import program
from common.unsafe import described

FINE = ("ready", "running")
LOOK_AT = (
    "sum by (pattern, transport) (rate(harmony_order_closed_seconds_count[15s]))",
    "max by (pattern, transport, service) (harmony_oldest_unprocessed_age_seconds)",
)
RUNG = 'ALERTS{alertstate="firing"}'


def table(shape: dict[str, Any]) -> Table:
    """Every process of every arm. On a narrow terminal only the addresses are cut."""
    restarted = any(process.get("starts", 1) > 1 for told in shape["arms"].values() for process in told["processes"])
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("process", no_wrap=True)
    rows.add_column("pid", justify="right", no_wrap=True)
    rows.add_column("where")
    rows.add_column("state", no_wrap=True)
    if restarted:
        rows.add_column("starts", justify="right", no_wrap=True)
    for arm, told in shape["arms"].items():
        rows.add_row(screen.heading(arm), "", _cut(f"door {told['door']}"), "")
        for process in told["processes"]:
            rows.add_row(*_cells(process)[: len(rows.columns)])
    return rows


def beside(shape: dict[str, Any]) -> Table:
    """Programs beside the arms: no order passes through them."""
    rows = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, show_header=False)
    for _ in range(4):
        rows.add_column(no_wrap=True)
    rows.add_row("[bold]beside the arms[/]", "", "", "")
    for each in shape["beside"]:
        rows.add_row(*_cells(each)[:4])
    return rows


def _cells(process: dict[str, Any]) -> tuple[str | Text, ...]:
    state, starts = process["state"], process.get("starts", 1)
    return (
        f"  {process['name']}",
        str(process["pid"] or "–"),
        _cut(process["url"] or "–"),
        Text(state, "green" if state in FINE else "yellow"),
        str(starts) if starts > 1 else "",
    )


def _cut(where: str) -> Text:
    return Text(where, no_wrap=True, overflow="ellipsis")


def logs(shape: dict[str, Any]) -> Text:
    """Where every process writes its log."""
    return Text(f"\nlogs  {shape['supervisor']['logs']}")


def unsafe(shape: dict[str, Any]) -> Text:
    """A loud line for each defect that was put in by name; nothing when there is none."""
    return Text("".join(f"\n{line}" for line in described(shape["supervisor"].get("unsafe", ""))), "bold red")


def hints(shape: dict[str, Any]) -> Text:
    """The stock locust command, an order, a fault, the end."""
    arm, told = next(iter(shape["arms"].items()))
    harmony, locust = program("harmony"), program("locust")
    lines = [
        "",
        "Try:",
        f"  {harmony} order          one order in each arm, its events side by side",
        f"  {harmony} audit          the invariants, once all is at rest",
        f"  {harmony} down           stop everything",
        f"  {harmony} fault kill payment-1 --arm {arm}",
        f"  {locust} -f benchmarks/locustfile.py --host {told['door']} --web-host 127.0.0.1 --rate 50",
    ]
    return Text("\n".join([*lines, *_seen_from_outside(shape)]))


def _seen_from_outside(shape: dict[str, Any]) -> list[str]:
    """Where to look, when there is a Prometheus."""
    prometheus = next((each["url"] for each in shape["beside"] if each["name"] == "prometheus"), None)
    if prometheus is None:
        return []
    boards = Path(__file__).parents[2] / "dashboards" / "grafana" / "dashboards"
    return [
        "",
        "See:",
        f"  {prometheus}  Prometheus: every process and the watcher, asked every 2 s",
        f"  {link(prometheus, *LOOK_AT)}",
        "      orders closed a second, and how old the oldest is that waits for each service",
        f"  {link(prometheus, RUNG)}",
        "      the alerts that ring, and when they rang; nothing when all is well",
        f"  make preview PROMETHEUS={prometheus}  all dashboards as one page, without Grafana",
        f"  {os.path.relpath(boards)}  dashboards for a Grafana with that Prometheus (scrape interval: 2s)",
    ]


def link(prometheus: str, *queries: str, range_s: int = 300, end_s: int | None = None) -> str:
    """Where Prometheus draws these queries, one below the other. `end_s`: Unix time, else now.

    Its older page (2.42) drops the seconds of an end: it becomes the next full minute, and the range so much longer.
    """
    full_s = None if end_s is None else -(-end_s // 60) * 60
    length_s = range_s + ((full_s or 0) - (end_s or 0))
    end = "" if full_s is None else f"{datetime.fromtimestamp(full_s, UTC):%Y-%m-%d %H:%M:%S}"
    fields: dict[str, str | int] = {}
    for number, query in enumerate(queries):
        fields |= {f"g{number}.expr": query, f"g{number}.tab": 0, f"g{number}.range_input": f"{length_s}s"}
        fields |= {f"g{number}.end_input": end} if end else {}
    return f"{prometheus}/graph?{urlencode(fields)}"
