"""Carries an experiment out under somebody's eyes, and has a run judged and told."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.commands import screen
from benchmarks.commands.midway import withheld
from benchmarks.commands.troubles import Unusable
from benchmarks.commands.watching import Watcher
from benchmarks.plan import Experiment
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from common.unsafe import described
from compose.local.client import LabClient
from compose.local.errors import Trouble


def carried_out(
    experiment: Experiment,
    arms: tuple[str, ...],
    seed: int,
    out: Path,
    urls: Mapping[str, str],
    *,
    replicas: Mapping[str, int] | None = None,
    allow_unequal: Sequence[str] = (),
    lab: LabClient | None = None,
    watcher: Watcher | None = None,
    folder: RunFolder | None = None,
) -> Path:
    """Run it, showing how it goes. After Ctrl-C says what is left, and raises KeyboardInterrupt again.

    When the lab cannot start, nothing is left of the run, unless the reason is in its logs.
    """
    from benchmarks import runner

    watcher = watcher or Watcher(screen.err())
    settings = Settings(seed=seed)
    for line in described(settings.unsafe):
        screen.say(line)
    folder = folder or RunFolder.make(out, experiment.name)
    with withheld(folder), watcher:
        try:
            return runner.run(
                experiment,
                arms,
                seed,
                out=out,
                settings=settings,
                redis_urls=urls,
                replicas=replicas,
                lab=lab,
                folder=folder,
                progress=watcher.hear,
                allow_unequal=allow_unequal,
            )
        except runner.Interrupted as interrupted:
            watcher.over()
            screen.say(f"Interrupted. What was recorded until then: {interrupted.folder}")
            raise
        except KeyboardInterrupt:  # once more, while the first was obeyed
            if folder.file("manifest.json").exists():
                screen.say(f"Interrupted again. What is on disk, not judged: {folder.path}")
            raise
        except Trouble as trouble:
            if str(folder.path) not in str(trouble):
                folder.discard_if_empty()
            raise
        except runner.unusable() as error:
            raise _unusable(error) from error


def say_when_busy() -> None:
    """Say that times will be noisy when others keep the machine busy. To be asked before anything is started."""
    from benchmarks.findings.records import BUSY_SHARE

    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    if load > BUSY_SHARE * cores:
        screen.say(f"This machine is busy (load average {load:.1f} on {cores} cores): times will be noisy.")


def summary_of(folder: Path) -> dict[str, Any]:
    """What the judge wrote."""
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def judged(folder: Path) -> dict[str, Any]:
    """The summary, and the report beside it, made anew from the folder. Raises Unusable."""
    from benchmarks import judge, report

    try:
        summary = judge.judge(folder)
        report.tell(folder)
    except judge.RunUnusable as error:
        raise _unusable(error) from error
    return summary


def _unusable(error: Exception) -> Unusable:
    return Unusable(f"This run cannot be judged: {error}")


def console_for(json_wanted: bool) -> Console:
    """Where a person reads along: stdout, unless data goes there."""
    return screen.err() if json_wanted else screen.out()
