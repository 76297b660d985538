"""The invariants for a terminal: a row for each, a column for each arm."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen


def table(arms: dict[str, dict[str, Any]]) -> RenderableType:
    """Ticks and crosses with how much was looked at; what failed is told in full below."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("invariant", no_wrap=True)
    for arm in arms:
        rows.add_column(screen.heading(arm), justify="right")
    for name in _names(arms):
        rows.add_row(name.replace("_", " "), *(_cell(_found(told, name)) for told in arms.values()))
    rows.add_section()
    rows.add_row("orders, still open", *(f"{told['orders']:,}, {told['open']:,}" for told in arms.values()))
    return Group(rows, *_broken(arms))


def _names(arms: dict[str, dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(check["id"] for told in arms.values() for check in told["invariants"]))


def _found(told: dict[str, Any], name: str) -> dict[str, Any] | None:
    return next((check for check in told["invariants"] if check["id"] == name), None)


def _cell(check: dict[str, Any] | None) -> str:
    return screen.mark(None) if check is None else f"{check['looked_at']:,} {screen.mark(check['ok'])}"


def _broken(arms: dict[str, dict[str, Any]]) -> list[Text]:
    return [
        Text.assemble("\n", (f"{arm}: {check['id']}  ", "bold red"), check["detail"])
        for arm, told in arms.items()
        for check in told["invariants"]
        if not check["ok"]
    ]
