"""`harmony run coupling` and `harmony report RUN` of one: carried out under somebody's eyes, judged, told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import runner
from benchmarks.commands import screen
from benchmarks.commands.ending import FAILED, FINE
from benchmarks.commands.programmes import Asked
from benchmarks.commands.troubles import Unusable
from benchmarks.coupling import records
from benchmarks.coupling.counting import FILE, Counting
from benchmarks.coupling.plan import EXPERIMENT, Size, planned
from benchmarks.coupling.showing import Watcher
from benchmarks.rows import write_rows
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from common.unsafe import described
from compose.arms import ARMS
from compose.local.client import NoLab, start_lab
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
            recorded(asked, size, settings, folder, watcher)
        except runner.Interrupted:
            with suppress(Unusable):  # Ctrl-C before the first order
                judged(folder.path)
            watcher.over()
            screen.say(f"Interrupted. What was recorded until then: {folder.path}")
            raise
        except KeyboardInterrupt:
            folder.discard_if_empty()
            raise
        except Trouble as trouble:
            if folder.file("manifest.json").exists():
                why = f"its logs may say why: {folder.file('logs')}" if isinstance(trouble, NoLab) else str(trouble)
                raise Unusable(f"The lab was lost while the run went on, and nothing is judged; {why}") from trouble
            folder.discard_if_empty()
            raise
        except OSError as error:
            raise Unusable(f"The run's records cannot be written: {error.strerror or error}.") from error
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
    from benchmarks.coupling import judging, telling  # scipy: not while the load runs
    from benchmarks.judge import RunUnusable

    try:
        summary = judging.judge(folder)
        telling.tell(folder)
    except RunUnusable as error:
        raise Unusable(f"This run cannot be judged: {error}") from error
    except OSError as error:
        raise Unusable(f"The report cannot be written: {error.strerror or error}.") from error
    return summary


def show(folder: Path, json: bool) -> int:
    """See `benchmarks.commands.programmes`."""
    return shown(judged(folder), folder, json)


def shown(summary: Mapping[str, Any], folder: Path, json: bool) -> int:
    """Print it. The exit code."""
    from benchmarks.coupling import text

    if json:
        screen.data(summary)
    else:
        screen.out().print(text.drawn(summary), soft_wrap=True)
        screen.out().print(f"report   {folder / 'report.html'}", soft_wrap=True)
    return FINE if summary["ok"] else FAILED
