"""`harmony run coupling` and `harmony report RUN` of one: carried out under somebody's eyes, judged, told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import runner
from benchmarks.commands import judging, screen
from benchmarks.commands.midway import withheld
from benchmarks.commands.programmes import Asked
from benchmarks.coupling import records
from benchmarks.coupling.counting import FILE, Counting
from benchmarks.coupling.plan import EXPERIMENT, Size, planned
from benchmarks.coupling.showing import Watcher
from benchmarks.rows import write_rows
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from common.unsafe import described
from compose.arms import ARMS
from compose.local.client import start_lab
from compose.local.errors import Trouble


def run(asked: Asked, json: bool) -> int:
    """See `benchmarks.commands.programmes`."""
    return run_coupling(asked, Size(), json)


def run_coupling(asked: Asked, size: Size, json: bool) -> int:
    """The exit code: 1 when an invariant is violated, or a view was not seen as it must be.

    Raises Trouble when the lab cannot be had, Unusable when nothing can be judged, KeyboardInterrupt after Ctrl-C, with
    what was recorded until then judged and told.
    """
    settings = Settings(seed=asked.seed)
    for line in described(settings.unsafe):
        screen.say(line)
    folder = RunFolder.make(asked.out, EXPERIMENT)
    with Watcher(screen.err()) as watcher:
        try:
            with withheld(folder):
                recorded(asked, size, settings, folder, watcher)
        except runner.Interrupted:
            watcher.over()
            judging.given_up(folder.path, judged)
        except (Trouble, KeyboardInterrupt):
            folder.discard_if_empty()
            raise
        watcher.hear({"event": "judge"})
        summary = judged(folder.path)
    return shown(summary, folder.path, json)


def recorded(asked: Asked, size: Size, settings: Settings, folder: RunFolder, watcher: Watcher) -> None:
    """All records of the run, in its folder."""
    parts = [ARMS[arm].with_replicas(asked.replicas) for arm in asked.arms]
    experiment = planned(asked.arms, size, asked.replicas)
    records.write(folder.path, asked.arms, size)
    with start_lab(parts, settings, logs=folder.file("logs"), redis_urls=asked.urls) as lab:
        counting = Counting(lab, watcher.hear)
        try:
            runner.record(
                experiment,
                asked.arms,
                asked.seed,
                settings=settings,
                lab=lab,
                folder=folder,
                progress=counting.hear,
                allow_unequal=asked.allow_unequal,
            )
        finally:
            write_rows(folder.file(FILE), counting.rows)


def judged(folder: Path) -> dict[str, Any]:
    """The summary, and the report beside it, made anew from the folder. Raises Unusable."""
    from benchmarks.coupling import judging as seen  # scipy: not while the load runs
    from benchmarks.coupling import telling

    return judging.judged(folder, seen.judge, telling.tell)


def show(folder: Path, json: bool) -> int:
    """See `benchmarks.commands.programmes`."""
    return shown(judged(folder), folder, json)


def shown(summary: Mapping[str, Any], folder: Path, json: bool) -> int:
    """Print it. The exit code."""
    from benchmarks.coupling import text

    return judging.shown(summary, folder, json, text.drawn)
