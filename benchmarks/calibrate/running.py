"""`harmony run calibrate` and `harmony report RUN` of one: carried out under somebody's eyes, judged, told, kept."""

from __future__ import annotations

import json as reading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import noise
from benchmarks.calibrate.plan import EXPERIMENT, STARTS, Calibration
from benchmarks.calibrate.recording import Recording
from benchmarks.calibrate.showing import Watcher
from benchmarks.commands import judging, options, screen
from benchmarks.commands.midway import withheld
from benchmarks.commands.programmes import Asked
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from compose.arms import ARMS
from compose.local.errors import Trouble

OWN_SERVERS = "calibrate puts each arm beside itself, on servers of its own: it takes no --redis-url."
WHY_NOT = {"not now": "this machine is too noisy now", "not known": "not all was asked"}
NOTHING_UNEQUAL = "--allow-unequal is for experiments that compare arms; calibrate compares each with itself."


def run(asked: Asked, json: bool, plan: Calibration | None = None) -> int:
    """The exit code: 1 when a check fails, or the lab or the records were lost.

    Raises Trouble when the lab cannot be had, Unusable when nothing can be judged, KeyboardInterrupt after Ctrl-C, with
    what was recorded until then judged and told.
    """
    if asked.urls:
        raise options.wrong(OWN_SERVERS)
    if asked.allow_unequal:
        raise options.wrong(NOTHING_UNEQUAL)
    folder = RunFolder.make(asked.out, EXPERIMENT)
    chosen = plan or Calibration(starts=asked.starts or STARTS)
    screen.say(_announced(asked, chosen, folder))
    with Watcher(screen.err()) as watcher:
        recording = _recorded(asked, chosen, folder, watcher)
        watcher.hear({"event": "judge"})
        if recording.interrupted:
            watcher.over()
            judging.given_up(folder.path, judged)
        summary = judged(folder.path)
    screen.say(_kept(summary, asked.out))
    return shown(summary, folder.path, json)


def show(folder: Path, json: bool) -> int:
    """Judge and tell again; the noise floor that is kept stays as it is. Raises Unusable."""
    if not _is_calibration(folder):  # `--seeded-bugs` is called by the same name, and has a page of its own
        from benchmarks.commands import running

        return shown(running.judged(folder), folder, json)
    return shown(judged(folder), folder, json)


def judged(folder: Path) -> dict[str, Any]:
    """The summary, and the report beside it, made anew from the folder. Raises Unusable."""
    from benchmarks.calibrate import judging as tried  # scipy: not while the load runs
    from benchmarks.calibrate import telling

    return judging.judged(folder, tried.judge, telling.tell)


def shown(summary: Mapping[str, Any], folder: Path, json: bool) -> int:
    """Print it. The exit code."""
    from benchmarks.calibrate import text

    return judging.shown(summary, folder, json, text.drawn)


def _recorded(asked: Asked, plan: Calibration, folder: RunFolder, watcher: Watcher) -> Recording:
    arms = {arm: ARMS[arm].with_replicas(asked.replicas) for arm in asked.arms}
    settings = Settings(seed=asked.seed, unsafe="")  # what is wrong here is put in by us
    recording = Recording(plan, arms, asked.seed, settings, folder, watcher.hear)
    try:
        with withheld(folder):
            recording.record()
    except Trouble as trouble:
        if str(folder.path) not in str(trouble):
            folder.discard()
        raise
    return recording


def _announced(asked: Asked, plan: Calibration, folder: RunFolder) -> str:
    names, some = ", ".join(asked.arms), [ARMS[arm] for arm in asked.arms]
    what = f"each of {names} against itself in {plan.starts} starts, then a known delay, a known loss, an empty door"
    return f"about {plan.seconds(some):.0f} s: {what}; all in {folder.path}"


def _kept(summary: Mapping[str, Any], out: Path) -> str:
    """The floor is kept when the instrument may be trusted."""
    if summary["noise_floor"] is None or summary["answer"] != "yes":
        return f"No noise floor is kept ({_why_not(summary)}); {noise.missing(out) or 'an earlier one goes on'}."
    try:
        return f"The noise floor is kept in {noise.keep(out, summary['noise_floor'])}: later verdicts heed it."
    except OSError as error:
        return f"The noise floor could not be kept in {out}: {error.strerror or error}."


def _why_not(summary: Mapping[str, Any]) -> str:
    if summary["noise_floor"] is None:
        return "too little was seen"
    return WHY_NOT.get(summary["answer"], "a check failed")


def _is_calibration(folder: Path) -> bool:
    try:
        manifest = reading.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return isinstance(manifest, dict) and "calibration" in manifest
    except (OSError, ValueError):
        return False
