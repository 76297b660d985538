"""Carries an experiment out under somebody's eyes, and has a run judged and told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from benchmarks.commands import screen
from benchmarks.commands.watching import Watcher
from benchmarks.plan import Experiment
from common.settings import Settings
from compose.local.client import LabClient


def carried_out(
    experiment: Experiment,
    arms: tuple[str, ...],
    seed: int,
    out: Path,
    urls: Mapping[str, str],
    *,
    lab: LabClient | None = None,
    watcher: Watcher | None = None,
) -> Path:
    """Run it, showing how it goes. After Ctrl-C says what is left, and raises KeyboardInterrupt again."""
    from benchmarks import runner

    watcher = watcher or Watcher(screen.err())
    with watcher:
        try:
            return runner.run(
                experiment,
                arms,
                seed,
                out=out,
                settings=Settings(seed=seed),
                redis_urls=urls,
                lab=lab,
                progress=watcher.hear,
            )
        except runner.Interrupted as interrupted:
            screen.say(f"Interrupted. What was recorded until then: {interrupted.folder}")
            raise


def judged(folder: Path) -> tuple[dict[str, Any], Path]:
    """The summary and the page, made anew from the folder. Exit 1 when the records cannot be used."""
    from benchmarks import judge, report

    try:
        summary = judge.judge(folder)
        return summary, report.tell(folder)
    except judge.RunUnusable as error:
        screen.say(f"This run cannot be judged: {error}")
        raise typer.Exit(1) from error


def console_for(json: bool) -> Console:
    """Where a person reads along: stdout, unless data goes there."""
    return screen.err() if json else screen.out()
