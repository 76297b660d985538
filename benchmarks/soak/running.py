"""`harmony run soak` and `harmony report RUN` of one: carried out under somebody's eyes, judged, told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.commands import judging, screen
from benchmarks.commands.midway import withheld
from benchmarks.runfolder import RunFolder
from benchmarks.soak.plan import EXPERIMENT, Soak, planned
from benchmarks.soak.recording import Recording
from benchmarks.soak.showing import Watcher
from common.settings import Settings
from common.unsafe import described
from compose.arms import ARMS
from compose.local.client import start_lab
from compose.local.errors import Trouble

BESIDE_S = 10.0  # the lab's start and end, the records, the judging


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    arms: Sequence[str]
    soak: Soak
    seed: int
    settings: Settings
    out: Path
    urls: Mapping[str, str]
    replicas: Mapping[str, int]


def asked(
    arms: Sequence[str],
    seconds: float,
    rate: float,
    seed: int,
    out: Path,
    urls: Mapping[str, str],
    replicas: Mapping[str, int],
) -> Asked:
    """HARMONY_RETENTION_S holds when it is set; else retention is as short as the soak needs it. Raises ValueError."""
    settings = Settings(seed=seed)
    given = settings.retention_s if "retention_s" in settings.model_fields_set else None
    soak = planned(seconds, rate, given)
    return Asked(arms, soak, seed, Settings(seed=seed, retention_s=soak.retention_s), out, urls, replicas)


def run_soak(asked: Asked, json: bool) -> int:
    """The exit code: 1 when something grows, an invariant is violated, or the lab or the records were lost.

    Raises Trouble when the lab cannot be had, Unusable when nothing can be judged, KeyboardInterrupt after Ctrl-C, with
    what was recorded until then judged and told.
    """
    for line in described(asked.settings.unsafe):
        screen.say(line)
    folder = RunFolder.make(asked.out, EXPERIMENT)
    screen.say(_announced(asked, folder))
    with Watcher(screen.err()) as watcher:
        try:
            with withheld(folder):
                recording = _recorded(asked, folder, watcher)
        except (Trouble, KeyboardInterrupt):
            folder.discard_if_empty()
            raise
        watcher.hear({"event": "judge"})
        if recording.interrupted:
            watcher.over()
            judging.given_up(folder.path, judged)
        summary = judged(folder.path)
    return show(summary, folder.path, json)


def _recorded(asked: Asked, folder: RunFolder, watcher: Watcher) -> Recording:
    parts = [ARMS[arm].with_replicas(asked.replicas) for arm in asked.arms]
    with start_lab(parts, asked.settings, logs=folder.file("logs"), redis_urls=asked.urls) as lab:
        recording = Recording(asked.soak, asked.arms, asked.seed, asked.settings, lab, folder, watcher.hear)
        recording.record()
    return recording


def judged(folder: Path) -> dict[str, Any]:
    """The summary, and the report beside it, made anew from the folder. Raises Unusable."""
    from benchmarks.soak import judging as soaked  # scipy: not while the load runs
    from benchmarks.soak import telling

    return judging.judged(folder, soaked.judge, telling.tell)


def show(summary: Mapping[str, Any], folder: Path, json: bool) -> int:
    """Print it. The exit code."""
    from benchmarks.soak import text

    return judging.shown(summary, folder, json, text.drawn)


def _announced(asked: Asked, folder: RunFolder) -> str:
    soak = asked.soak
    load = f"{soak.rate:g} orders a second to each of {', '.join(asked.arms)}, side by side"
    looks = f"a look every {soak.sample_s:g} s, the first {soak.warm_s:g} s not judged"
    memory = f"orders are forgotten {soak.retention_s:g} s after they are closed"
    return f"about {soak.seconds + BESIDE_S:.0f} s: {load}; {looks}; {memory}; all in {folder.path}"
