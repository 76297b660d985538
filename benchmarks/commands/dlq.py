"""`harmony dlq`: what was set aside for a person to look at, in either arm."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from benchmarks.commands import options, screen
from benchmarks.commands.options import Json

HELP = """List the dead letters of the running lab: what could not be read, or failed for the last time, and why.

\b
Examples:
  harmony dlq
  harmony dlq list --json
"""
WHAT = ("list",)
What = Annotated[str, typer.Argument(metavar="WHAT", help="list")]
Arms = Annotated[str | None, typer.Option("--arms", metavar="A,B", help="Only these of the running arms.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dlq", help=HELP)(dlq)


def dlq(what: What = "list", arms: Arms = None, json: Json = False) -> None:
    """See HELP."""
    from benchmarks import history
    from benchmarks.commands import labs

    if what not in WHAT:
        raise options.wrong(f"There is no dlq {what}. There is dlq list: every letter, with --json in full.")
    client = labs.running()
    told: dict[str, list[dict[str, Any]]] = {}
    for arm in labs.running_arms(client, arms):
        state = history.collect(client.credentials(arm, "auditor"), arm).state
        dead = [row for row in state if row["kind"] == "dead"]
        told[arm] = [{"service": row["service"], **letter} for row in dead for letter in row["entries"]]
    if json:
        screen.data(told)
        return
    screen.out().print(_table(told) if any(told.values()) else "No dead letters.")


def _table(told: dict[str, list[dict[str, Any]]]) -> Table:
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("arm", "service", "stream", "order", "attempts", "reason"):
        rows.add_column(name, overflow="fold")
    for arm, letters in told.items():
        for letter in letters:
            texts = (str(letter[name]) for name in ("service", "stream", "subject", "attempts", "reason"))
            rows.add_row(screen.heading(arm), *texts)
    return rows
