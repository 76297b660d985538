"""Carries an experiment out under somebody's eyes, and has a run judged and told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from benchmarks.commands import screen
from benchmarks.commands.watching import Watcher
from benchmarks.plan import Experiment
from benchmarks.runfolder import RunFolder
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
    folder: RunFolder | None = None,
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
                folder=folder,
                progress=watcher.hear,
            )
        except runner.Interrupted as interrupted:
            screen.say(f"Interrupted. What was recorded until then: {interrupted.folder}")
            raise


def summary_of(folder: Path) -> dict[str, Any]:
    """What the judge wrote."""
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def judged(folder: Path) -> dict[str, Any]:
    """The summary, and the report beside it, made anew from the folder. Exit 1 when the records cannot be used."""
    from benchmarks import judge, report

    try:
        summary = judge.judge(folder)
        report.tell(folder)
        return summary
    except judge.RunUnusable as error:
        screen.say(f"This run cannot be judged: {error}")
        raise typer.Exit(1) from error


def console_for(json_wanted: bool) -> Console:
    """Where a person reads along: stdout, unless data goes there."""
    return screen.err() if json_wanted else screen.out()
