"""A moving bar with the time left for a person at a terminal; elsewhere, a plain line now and then."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

LEAST_S = 3.0  # what is planned is planned roughly: nobody knows the last seconds


class Bar:
    """Owns the terminal's last line while it is a context. Somebody else says how far it is."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.moving = console.is_terminal
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[left]}"), console=console, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self.moving:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over()

    def over(self) -> None:
        """Nothing moves any more: what is said next begins on a line of its own."""
        if self.moving:
            with suppress(OSError):  # the terminal is gone
                self._progress.stop()

    def begin(self, total_s: float, description: str = "starting") -> None:
        """It takes about so many seconds in all."""
        self._task = self._progress.add_task(description, total=total_s, left="")

    def describe(self, what: str) -> None:
        """What is being done now."""
        if self._task is not None:
            self._progress.update(self._task, description=what)

    def move(self, done_s: float, left_s: float) -> None:
        """So many seconds' worth is done, so many are left."""
        if self._task is not None:
            self._progress.update(self._task, completed=done_s, left=left_in_words(left_s))

    def say(self, words: str) -> None:
        """A line, where nothing moves."""
        if not self.moving:
            self.console.print(f"  {words}", style="dim", soft_wrap=True)


def left_in_words(left_s: float) -> str:
    """`about 40 s left`."""
    return f"about {left_s:.0f} s left" if left_s > LEAST_S else "nearly there"
