"""Shows a run while it happens: one moving bar for a person at a terminal, a few plain lines for everybody else."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from benchmarks.commands import screen
from benchmarks.commands.bar import Bar, left_in_words

TICK_S = 0.1
SAY_EVERY_S = 9.0  # where nothing moves, a line now and then shows that something does
BESIDE_S, BESIDE_BLOCK_S = 11.0, 0.25  # beside the load: trying, records, judging; and per block its draining
BESIDE_LOAD_S = 3.0  # for each load generator after the first: every second time the arms are started anew for it
PHASES = {
    "warmup": "warming up",
    "measure": "the same orders at the same moments, arm after arm",
    "beside": "the same orders at the same moments, arm after arm",
    "control": "the control: the orders that will meet the fault, without it",
    "fault": "under the fault",
}


class Watcher(Bar):
    """Hears a run's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._phase, self._now = "", "starting"
        self._done_s = 0.0
        self._blocks = self._begun = 0
        self._in_all_s = 0.0
        self._began = self._said = time.monotonic()
        self._block: tuple[float, float] | None = None  # when it began, how long it takes
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._tick if self.moving else self._tell, daemon=True).start()
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        super().__exit__(kind, error, at)

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the runner."""
        reaction = getattr(self, f"on_{event['event']}", None)
        if reaction is not None:
            with suppress(OSError):  # nobody looks on any more; the run goes on, and its records with it
                reaction(event)

    def on_plan(self, event: dict[str, Any]) -> None:
        """How much there is to do."""
        super().begin(event["seconds"])
        self._blocks = event["blocks"]
        beside_s = BESIDE_S + BESIDE_BLOCK_S * self._blocks + BESIDE_LOAD_S * (event.get("loads", 1) - 1)
        self._in_all_s = event["seconds"] + beside_s
        load = f"{self._blocks} blocks of load, {event['seconds']:.0f} s in all"
        self.announce(f"about {self._in_all_s:.0f} s: {load}, then the records and the judging")

    def announce(self, sentence: str) -> None:
        """The plan is known; the sentence says how long it takes."""
        self.console.print(sentence)

    def on_started(self, event: dict[str, Any]) -> None:
        """A block begins."""
        self._begun += 1
        if PHASES.get(event["phase"], event["phase"]) != PHASES.get(self._phase, self._phase):
            self.enter(event["phase"])
        self._phase = event["phase"]
        self._block = (time.monotonic(), float(event.get("seconds") or 0))
        self._describe(f"{screen.heading(event['arm'])} {event.get('condition') or event['phase']}")

    def enter(self, phase: str) -> None:
        """A new phase begins."""
        self.console.print(f"  {PHASES.get(phase, phase)}", style="dim")

    def on_ended(self, event: dict[str, Any]) -> None:
        """A block is over."""
        if self._block is not None:
            self._done_s += self._block[1]
            self._block = None
        if event["phase"] == "fault":
            heading = screen.heading(event["arm"])
            end = "all are closed again" if event["drained"] else "[bold red]some are still open[/]"
            self.console.print(f"  {heading}: {event['sent']:,} orders around the fault; {end}")

    def on_restart(self, event: dict[str, Any]) -> None:
        """The arms are started anew."""
        self._describe("starting the arms anew")
        self.say("the arms are started anew")

    def on_conformance(self, event: dict[str, Any]) -> None:
        """Each start begins with orders of every kind, outside the figures."""
        self._describe("trying every arm: is it what its name says?")

    def on_collect(self, event: dict[str, Any]) -> None:
        """The load is over."""
        self._describe("collecting the records")

    def on_judge(self, event: dict[str, Any]) -> None:
        """The records are on disk."""
        self._describe("judging, drawing")

    def _describe(self, what: str) -> None:
        self._now = what
        self.describe(what)

    def _tick(self) -> None:
        while not self._stop.wait(TICK_S):
            self.move(self._done_s + self._so_far(), self._left_s())

    def _tell(self) -> None:
        while not self._stop.wait(TICK_S):
            if self._blocks and time.monotonic() - self._said >= SAY_EVERY_S:
                self._said = time.monotonic()
                with suppress(OSError):
                    self.console.print(f"  {self._stand()}", style="dim")

    def _stand(self) -> str:
        where = f"block {self._begun} of {self._blocks}" if self._block else self._now
        return f"{where}, {left_in_words(self._left_s())}"

    def _left_s(self) -> float:
        return self._in_all_s - (time.monotonic() - self._began)

    def _so_far(self) -> float:
        if self._block is None:
            return 0.0
        began, seconds = self._block
        return min(time.monotonic() - began, seconds)
