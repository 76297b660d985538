"""The bench on a terminal: how far it is and the time left, each row when it is there, all of them at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from benchmarks.bench.row import Mark, Row, Say

WIDTH = 110
MARKS: Mapping[Mark, tuple[str, str]] = {
    "met": ("✓", "green"),
    "about": ("≈", "yellow"),
    "missed": ("✗", "bold red"),
    "reported": ("=", "cyan"),
    "not measured": ("–", "dim"),
}


class Progress:
    """One line that moves, with the time left; where nobody looks on, a line as each row begins."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds, self._done_s = seconds, 0.0
        self._console, self._began = _console(), time.monotonic()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn())
        self._bar = Bar(*columns, TextColumn("{task.fields[left]}"), console=self._console, transient=True)
        self._task: TaskID = self._bar.add_task("starting", total=sum(seconds.values()), left="")
        self._row, self._row_began = "", 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def begin(self, name: str) -> Say:
        """A row begins; what is called tells what of it is being done."""
        self._row, self._row_began = name, time.monotonic()
        if not self._console.is_terminal:
            number = list(self._seconds).index(name) + 1
            self._console.print(Text(f"  {name}, row {number} of {len(self._seconds)}, {self._left()}", "dim"))
        self._say("starting")
        return self._say

    def show(self, row: Row) -> None:
        """The row is there: it, its goal, and the figures behind it."""
        self._done_s += self._seconds[self._row]
        show(row, self._console)

    def _say(self, what: str) -> None:
        done_s = self._done_s + self._in_row_s()
        self._bar.update(self._task, description=f"{self._row}: {what}", completed=done_s, left=self._left())

    def _in_row_s(self) -> float:
        return min(time.monotonic() - self._row_began, 0.95 * self._seconds[self._row])

    def _left(self) -> str:
        """By what the rows usually take, and how much slower or faster it has gone so far."""
        pace = (self._row_began - self._began) / self._done_s if self._done_s else 1.0
        left_s = pace * (sum(self._seconds.values()) - self._done_s - self._in_row_s())
        return f"about {left_s / 60:.0f} min left" if left_s > 90 else f"about {max(left_s, 1):.0f} s left"


def show(row: Row, console: Console) -> None:
    """The row, its goal, and the figures behind it."""
    sign, style = MARKS[row.mark]
    console.print(Text.assemble((f"{sign} ", style), (f"{row.id:<4} ", "bold"), row.what), soft_wrap=True)
    about = ", about met: the interval contains it" if row.about else ""
    goal = f"   goal {row.goal}{about}" if row.goal else "   reported, no goal" if row.reported else ""
    books = "" if row.exact is None else f"   {row.orders:,} orders, books {'exact' if row.exact else 'WRONG'}"
    tone = "dim" if row.exact else "red"
    console.print(Text.assemble("       ", (row.measured, "bold"), (goal, "dim"), (books, tone)), soft_wrap=True)
    for note in row.notes:
        console.print(Text(f"       {note}", "dim"), soft_wrap=True)


def close(rows: Sequence[Row], told: Path) -> None:
    """All rows in one table, how many goals were met, clearly or about, and where everything is."""
    console = _console()
    console.print()
    console.print(_table(rows))
    console.print(f"{summed([row.mark for row in rows])}.")
    console.print("Ratios with 95 % intervals over interleaved blocks; absolute figures orient only: machines drift.")
    console.print(f"Everything is in {told.parent}: {told.name}, bench.md, bench.json", soft_wrap=True)


def summed(marks: Sequence[str]) -> str:
    """`9 of 15 goals met, 2 about met (≈: the interval contains the goal), 3 missed, 1 not measured`"""
    count = {mark: list(marks).count(mark) for mark in MARKS}
    parts = [f"{count['met']} of {len(marks) - count['reported']} goals met"]
    parts += [f"{count['about']} about met (≈: the interval contains the goal)"] if count["about"] else []
    parts += [f"{count[mark]} {mark}" for mark in ("missed", "not measured") if count[mark]]
    return ", ".join(parts)


def say(words: str) -> None:
    """A line."""
    _console().print(words, soft_wrap=True)


def _table(rows: Sequence[Row]) -> Table:
    table = Table("", "", "beside", "goal", "measured, 95 % interval", "books", box=None, pad_edge=False)
    for row in rows:
        sign, style = MARKS[row.mark]
        books = "" if row.exact is None else "exact" if row.exact else "WRONG"
        goal = row.goal or "reported"
        table.add_row(Text(sign, style), row.id, row.peer, goal, row.measured, books)
    return table


def _console() -> Console:
    probe = Console(highlight=False)
    return probe if probe.is_terminal else Console(highlight=False, width=WIDTH)
