"""`harmony doctor`: is this machine fit for the lab, and if not, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.table import Table

from benchmarks.commands import screen
from benchmarks.commands.options import Json
from benchmarks.commands.programs import typable

if TYPE_CHECKING:
    from benchmarks.fitness import Finding

HELP = """Look at everything the lab needs, and say what to do where something is missing.

\b
Example:
  harmony doctor
"""


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", help=HELP)(doctor)


def doctor(json: Json = False) -> None:
    """See HELP. Exit 3 when something is missing."""
    from benchmarks import fitness

    found = fitness.look()
    fit = all(each.fit is not False for each in found)
    if json:
        screen.data({"fit": fit, "looked_at": [each.as_row() for each in found]})
    else:
        screen.out().print(_table(found))
    if not fit:
        raise typer.Exit(3)


def _table(found: list[Finding]) -> Table:
    rows = Table.grid(padding=(0, 2))
    for each in found:
        rows.add_row(screen.mark(each.fit), f"[bold]{each.what}[/]", each.seen)
        if each.advice:
            rows.add_row("", "", f"[yellow]{typable(each.advice)}[/]")
    return rows
