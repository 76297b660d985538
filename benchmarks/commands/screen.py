"""Where words go: data to stdout, progress and trouble to stderr. Colours and movement only where a person looks on."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

from rich.console import Console

from benchmarks.commands.programs import typable

PIPED_WIDTH = 110  # what a log or a pipe gets; a terminal says itself how wide it is


class _Aside(Console):
    """Words beside the answer: when nobody listens any more they stop, and the work goes on."""

    def on_broken_pipe(self) -> None:
        """See Console."""
        self.quiet = True


def _console(stderr: bool) -> Console:
    stream, kind = (sys.stderr, _Aside) if stderr else (sys.stdout, Console)
    return kind(stderr=stderr, highlight=False, width=None if stream.isatty() else PIPED_WIDTH)


def out() -> Console:
    """For what was asked for."""
    return _console(stderr=False)


def err() -> Console:
    """For how it goes along."""
    return _console(stderr=True)


def say(sentence: str) -> None:
    """One line of progress, on stderr; commands in it can be typed as they stand."""
    with suppress(OSError):  # the terminal is gone: what was begun is still ended in order
        err().print(typable(sentence), style="dim", soft_wrap=True, markup=False)


def data(shape: Any) -> None:
    """The answer as JSON, on stdout, alone; in plain ASCII where nothing else can be written."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(shape, indent=2, ensure_ascii=not unicode) + "\n")


def colour(pattern_or_arm: str) -> str:
    """The pattern's colour; an arm has its pattern's."""
    from benchmarks.flow import COLOURS

    return COLOURS.get(pattern_or_arm.partition("-")[0], "default")


def heading(arm: str) -> str:
    """An arm's name in its colour, as markup."""
    return f"[bold {colour(arm)}]{arm}[/]"


def mark(ok: bool | None) -> str:
    """A tick, a cross, or a dash for what nobody knows, as markup."""
    return {True: "[green]✓[/]", False: "[bold red]✗[/]", None: "[dim]–[/]"}[ok]


def number(value: float | int | None, digits: int = 1) -> str:
    """A figure as a person reads it; unknown is a dash."""
    return "–" if value is None else f"{value:,.{digits}f}" if isinstance(value, float) else f"{value:,}"
