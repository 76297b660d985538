"""The tour behind `harmony demo`: six parts, each announced in a line, all in one lab and one run.

What is measured is `experiments/demo.py`'s, what is found the judge's; here is only who says what when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.rule import Rule

from benchmarks.commands import running, summary_text
from benchmarks.commands.labs import Lab, built
from benchmarks.commands.watching import Watcher
from benchmarks.experiments import demo as experiment
from benchmarks.flow import flows
from benchmarks.flow_text import drawn
from benchmarks.runfolder import RunFolder
from benchmarks.story_text import side_by_side
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab

PARTS = (
    "How an order travels: drawn from the code",
    "One order in each arm, in ms since the customer's 202",
    "Load: the same orders at the same moments, arm after arm",
    "A fault: payment is killed for 3 s while orders flow",
    "The invariants",
    "What was found",
)
PART_OF_PHASE = {"warmup": 3, "measure": 3, "control": 4, "fault": 4}


def tour(
    arms: tuple[str, ...],
    seed: int,
    out: Path,
    urls: Mapping[str, str],
    console: Console,
    replicas: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Give the tour and return the run's summary. Raises Trouble."""
    running.say_when_busy()
    _announce(console, 1)
    for flow in flows():
        if any(ARMS[arm].pattern == flow.pattern for arm in arms):
            console.print(drawn(flow), end="\n\n")
    settings = Settings(seed=seed)
    _announce(console, 2)
    folder = RunFolder.make(out, "demo")
    try:
        with start_lab(built(arms, replicas or {}), settings, logs=folder.file("logs"), redis_urls=urls) as client:
            stories = _one_order(client, settings, arms, console)
            folder.file("order.json").write_text(json.dumps(stories, indent=1), encoding="utf-8")
            watcher = Guide(console)
            running.carried_out(
                experiment.of(len(arms)),
                arms,
                seed,
                out,
                urls,
                lab=client,
                watcher=watcher,
                folder=folder,
            )
    except BaseException as error:
        if str(folder.path) not in str(error):  # else the logs in it say why the lab could not start
            folder.discard_if_empty()
        raise
    return _found(folder.path, console)


class Guide(Watcher):
    """A watcher that says which part of the tour has begun."""

    _part = 2

    def announce(self, sentence: str) -> None:
        """See Watcher. Of the tour it is in the help how long it takes."""

    def enter(self, phase: str) -> None:
        """See Watcher."""
        part = PART_OF_PHASE.get(phase, self._part)
        if part != self._part:
            self._part = part
            _announce(self.console, part)
        super().enter(phase)


def _announce(console: Console, part: int) -> None:
    console.print()
    console.print(Rule(f"[bold]{part}[/] of {len(PARTS)} · {PARTS[part - 1]}", align="left", style="dim"))
    console.print()


def _one_order(client: LabClient, settings: Settings, arms: tuple[str, ...], console: Console) -> dict[str, Any]:
    lab = Lab(client, settings, temporary=True)
    stories = {arm: lab.placed(arm, "completed") for arm in arms}
    console.print(side_by_side(stories))
    return {arm: story.told() for arm, story in stories.items()}


def _found(folder: Path, console: Console) -> dict[str, Any]:
    summary = running.summary_of(folder)
    _announce(console, 5)
    console.print(summary_text.checks(summary))
    _announce(console, 6)
    console.print(summary_text.drawn(summary, console.width))
    console.print(summary_text.where(folder, folder / "report.html"), soft_wrap=True)
    return summary
