"""`harmony run capacity` and `harmony report RUN` of one: carried out under somebody's eyes, judged, told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.capacity import plan
from benchmarks.capacity.recording import Recording
from benchmarks.capacity.showing import Watcher
from benchmarks.commands import judging, options, screen
from benchmarks.commands.midway import withheld
from benchmarks.commands.programmes import Asked
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from common.unsafe import described
from compose.local.errors import Trouble


def run(asked: Asked, json: bool) -> int:
    """The exit code: 1 when an invariant is violated, an arm carries nothing, or a lab or the records were lost.

    Raises Trouble when the lab cannot be had, Unusable when nothing can be judged, KeyboardInterrupt after Ctrl-C, with
    what was recorded until then judged and told.
    """
    _refuse(asked)
    settings = Settings(seed=asked.seed)
    for line in described(settings.unsafe):
        screen.say(line)
    folder = RunFolder.make(asked.out, plan.EXPERIMENT)
    estimate = plan.estimate_s(len(asked.arms))
    minutes = sum(estimate.values()) / 60
    screen.say(f"about {minutes:.1f} minutes: {', '.join(asked.arms)}, searched, burst upon, overloaded; {folder.path}")
    with Watcher(screen.err(), estimate) as watcher:
        recording = Recording(asked.arms, asked.seed, settings, folder, watcher.hear)
        _recorded(recording)
        if recording.interrupted:
            watcher.over()
            judging.given_up(folder.path, judged)
        watcher.hear({"event": "stage", "stage": "judge"})
        summary = judged(folder.path)
    return _shown(summary, folder.path, json)


def _recorded(recording: Recording) -> None:
    try:
        with withheld(recording.folder):
            recording.record()
    except Trouble as trouble:
        if str(recording.folder.path) not in str(trouble):  # else its logs say why
            recording.folder.discard()
        raise


def show(folder: Path, json: bool) -> int:
    """Judge and tell a run again, from its folder alone. Raises Unusable."""
    return _shown(judged(folder), folder, json)


def judged(folder: Path) -> dict[str, Any]:
    """The summary, and the report beside it, made anew from the folder. Raises Unusable."""
    from benchmarks.capacity import judging as found  # scipy: not while the load runs
    from benchmarks.capacity import telling

    return judging.judged(folder, found.judge, telling.tell)


def _shown(summary: Mapping[str, Any], folder: Path, json: bool) -> int:
    from benchmarks.capacity import text

    return judging.shown(summary, folder, json, text.drawn)


def _refuse(asked: Asked) -> None:
    """What has no meaning here."""
    if asked.replicas:
        raise options.wrong(
            "capacity sets the replicas itself, to 1, 2 and 4 of what is busiest: leave --replicas out."
        )
    if asked.urls:
        raise options.wrong("capacity starts many labs anew, each with a new server: leave --redis-url out.")
