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
    mark, style = MARKS[row.met]
    console = _console()
    console.print(Text.assemble((f"{mark} ", style), (f"{row.id:<4} ", "bold"), row.what), soft_wrap=True)
    goal = f"   goal {row.goal}" if row.goal else ""
    books = "" if row.exact is None else f"   {row.orders:,} orders, books {'exact' if row.exact else 'WRONG'}"
    tone = "dim" if row.exact else "red"
    console.print(Text.assemble("       ", (row.measured, "bold"), (goal, "dim"), (books, tone)), soft_wrap=True)
    for note in row.notes:
        console.print(Text(f"       {note}", "dim"), soft_wrap=True)


def close(rows: Sequence[Row], kept: Path) -> None:
    """How many goals were met, and where everything is."""
    met = sum(row.met is True for row in rows)
    console = _console()
    console.print()
    console.print(f"{met} of {len(rows)} goals met. Ratios with 95 % intervals over interleaved blocks; absolute")
    console.print(f"figures orient only: machines drift. Everything is in {kept}")
