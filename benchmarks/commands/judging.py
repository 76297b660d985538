"""What every programme of PROGRAMMES has alike once it has recorded: judged, told, shown, or given up half-way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from rich.console import RenderableType

from benchmarks.commands import screen
from benchmarks.commands.ending import FAILED, FINE
from benchmarks.commands.troubles import Unusable

Summary = dict[str, Any]


def judged(folder: Path, judge: Callable[[Path], Summary], tell: Callable[[Path], object]) -> Summary:
    """The summary, and the report beside it, made anew from the folder. Raises Unusable."""
    from benchmarks.judge.run import RunUnusable  # scipy: not while the load runs

    try:
        summary = judge(folder)
        tell(folder)
    except RunUnusable as error:
        raise Unusable(f"This run cannot be judged: {str(error).rstrip('.')}.") from error
    except OSError as error:
        raise Unusable(f"The report cannot be written: {error.strerror or error}.") from error
    return summary


def shown(summary: Mapping[str, Any], folder: Path, json: bool, drawn: Callable[[Any], RenderableType]) -> int:
    """Print it, as data or as `drawn` has it. The exit code: 1 when a check failed."""
    if json:
        screen.data(summary)
    else:
        screen.out().print(drawn(summary), soft_wrap=True)
        screen.out().print(f"report   {folder / 'report.html'}", soft_wrap=True)
    return FINE if summary["ok"] else FAILED


def given_up(folder: Path, judge_and_tell: Callable[[Path], object]) -> NoReturn:
    """After Ctrl-C: what was recorded until then is judged and told. Raises KeyboardInterrupt again."""
    with suppress(Unusable):  # before there was anything to judge
        judge_and_tell(folder)
    screen.say(f"Interrupted. What was recorded until then: {folder}")
    raise KeyboardInterrupt
