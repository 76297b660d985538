"""The bench on a terminal: a line of progress while a row is measured, then the row with its goal and its doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from benchmarks.bench.row import Row, Say

WIDTH = 110
MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "dim")}
ABOUT, REPORTED = ("≈", "yellow"), ("=", "cyan")


def _console() -> Console:
    probe = Console(highlight=False)
    return probe if probe.is_terminal else Console(highlight=False, width=WIDTH)


@contextmanager
def progress(name: str) -> Iterator[Say]:
    """What is being done now, on one line that moves; plain silence where nobody looks on."""
    console = _console()
    with console.status(f"{name}: starting") as status:
        yield lambda what: status.update(f"{name}: {what}")


def show(row: Row) -> None:
    """The row, its goal, and the figures behind it."""
    mark, style = REPORTED if row.reported else ABOUT if row.about else MARKS[row.met]
    console = _console()
    console.print(Text.assemble((f"{mark} ", style), (f"{row.id:<4} ", "bold"), row.what), soft_wrap=True)
    about = ", about met: the interval contains it" if row.about else ""
    goal = f"   goal {row.goal}{about}" if row.goal else "   reported, no goal" if row.reported else ""
    books = "" if row.exact is None else f"   {row.orders:,} orders, books {'exact' if row.exact else 'WRONG'}"
    tone = "dim" if row.exact else "red"
    console.print(Text.assemble("       ", (row.measured, "bold"), (goal, "dim"), (books, tone)), soft_wrap=True)
    for note in row.notes:
        console.print(Text(f"       {note}", "dim"), soft_wrap=True)


def close(rows: Sequence[Row], kept: Path) -> None:
    """How many goals were met, clearly or about, and where everything is."""
    met = sum(row.met is True and not row.about for row in rows)
    about = sum(row.about for row in rows)
    console = _console()
    console.print()
    goals = sum(not row.reported for row in rows)
    console.print(f"{met} of {goals} goals met, {about} about met (≈: the interval contains the goal).")
    console.print("Ratios with 95 % intervals over interleaved blocks; absolute figures orient only: machines drift.")
    console.print(f"Everything is in {kept}", soft_wrap=True)
