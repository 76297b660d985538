"""The invariants for a terminal: a row for each, a column for each arm."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.commands.programs import typable


def table(arms: dict[str, dict[str, Any]]) -> RenderableType:
    """Ticks and crosses with how much was looked at; what failed is told in full below, a lab without orders once."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("invariant", no_wrap=True)
    for arm in arms:
        rows.add_column(_two_lines(arm), justify="right")
    for name in _names(arms):
        rows.add_row(name.replace("_", " "), *(_cell(told, _found(told, name)) for told in arms.values()))
    rows.add_section()
    rows.add_row("orders, still open", *(f"{told['orders']:,}, {told['open']:,}" for told in arms.values()))
    return Group(rows, *_without_orders(arms), *_broken(arms))


def _two_lines(arm: str) -> str:
    """The pattern above the transport: five arms fit beside each other."""
    pattern, _, transport = arm.partition("-")
    return f"[bold {screen.colour(arm)}]{pattern}\n{transport}[/]"


def _names(arms: dict[str, dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(check["id"] for told in arms.values() for check in told["invariants"]))


def _found(told: dict[str, Any], name: str) -> dict[str, Any] | None:
    return next((check for check in told["invariants"] if check["id"] == name), None)


def _cell(told: dict[str, Any], check: dict[str, Any] | None) -> str:
    if check is None or _nothing_yet(told, check):
        return screen.mark(None)
    return f"{check['looked_at']:,} {screen.mark(check['ok'])}"


def _nothing_yet(told: dict[str, Any], check: dict[str, Any]) -> bool:
    """Whether it did not pass only because no order was ever placed."""
    return not told["orders"] and not check["looked_at"]


def _without_orders(arms: dict[str, dict[str, Any]]) -> list[Text]:
    without = " and ".join(arm for arm, told in arms.items() if not told["orders"])
    return [Text(typable(f"\nno orders yet in {without}: `harmony order` places one"))] if without else []


def _broken(arms: dict[str, dict[str, Any]]) -> list[Text]:
    return [
        Text.assemble("\n", (f"{arm}: {check['id']}  ", "bold red"), check["detail"])
        for arm, told in arms.items()
        for check in told["invariants"]
        if not check["ok"] and not _nothing_yet(told, check)
    ]
