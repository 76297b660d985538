"""The table of seeded bugs: on a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.rows import Row

LEGEND = (
    "Each bug is a switch of the lab, off by default. The control is the same plan over as many orders without the"
    " switch: nothing may fire. Both count only when what provokes the bug has happened, and the audit was at rest."
    " xadd-retry needs no fault: with the switch every fourth reply is taken as lost."
    " After: accepted orders until the audit in which it fired."
)
FIRED = "invariant that fired"
COLUMNS = ("seeded bug, in arm", FIRED, "after orders", "control")


def table(rows: Sequence[Row]) -> RenderableType:
    """What came of each bug, and what is wrong in words."""
    drawn = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    for name in COLUMNS:
        drawn.add_column(name, justify="right" if name == "after orders" else "left", overflow="fold")
    for row in rows:
        colour = "green" if row["caught"] else "bold red"
        control = f"{screen.mark(row['control']['ok'])} {row['control']['orders']} orders"
        fired = Text(told(row), colour)
        drawn.add_row(f"{row['switch']}\n  {row['arm']}", fired, str(row["orders"]), control)
    lines: list[RenderableType] = [drawn, Text(LEGEND, "dim")]
    lines += [Text(sentence, "bold red") for row in rows for sentence in wrong(row)]
    return Group(*lines, Text(summary(rows), "bold"))


def told(row: Row) -> str:
    """Which invariant fired, and how many others with it."""
    if row["caught"]:
        others = len(row["fired"]) - 1
        return str(row["invariant"]) + (f" and {others} more" if others else "")
    if row["untried"]:
        return f"not tried: {row['untried']}"
    fired = ", ".join(each["id"] for each in row["fired"]) or "nothing"
    return f"{fired}, not {row['invariant']}"


def wrong(row: Row) -> list[str]:
    """What must not be, a sentence each."""
    said = [] if row["caught"] else [f"{row['switch']} was not caught: {told(row)}."]
    control = row["control"]
    said += [f"The control of {row['switch']} proves nothing: {control['untried']}."] if control["untried"] else []
    return said + [f"The control of {row['switch']} broke {each['id']}: {each['detail']}" for each in _broken(row)]


def unclean(row: Row) -> str:
    """What a control that is not fine is not."""
    return "CLEAN" if row["control"]["fired"] else "TRIED"


def summary(rows: Sequence[Row]) -> str:
    """How many were caught, how many controls were clean."""
    caught, clean = sum(row["caught"] for row in rows), sum(row["control"]["ok"] for row in rows)
    return f"{caught} of {len(rows)} seeded bugs caught, {clean} of {len(rows)} controls clean."


def markdown(rows: Sequence[Row], seed: int) -> str:
    """The same as a page."""
    lines = [f"# Seeded bugs (seed {seed})", "", summary(rows), "", LEGEND, ""]
    lines += [
        "| seeded bug | what is wrong | provoked by | arm | invariant that fired | after orders | control |",
        "| --- | --- | --- | --- | --- | ---: | --- |",
    ]
    for row in rows:
        clean = "clean" if row["control"]["ok"] else f"NOT {unclean(row)}"
        control = f"{clean}, {row['control']['orders']} orders"
        cells = (row["switch"], row["what"], row["how"], row["arm"], told(row), row["orders"], control)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", *(f"- **{row['switch']}**: {each['id']}: {each['detail']}" for row in rows for each in row["fired"])]
    return "\n".join([*lines, "", *(sentence for row in rows for sentence in wrong(row))]) + "\n"


def _broken(row: Row) -> list[Row]:
    fired: list[Row] = row["control"]["fired"]
    return fired
