"""Shows a run while it goes on: a moving bar with the time left at a terminal, a line for each thing done elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

TICK_S = 0.2
STAGES = {
    "search": "the search for the knee, the arms in turn",
    "replicas": "bursts to one, two and four replicas",
    "overload": "two and three times the knee, then half of it",
    "judge": "judging, drawing",
}


class Watcher:
    """Hears a run's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console, estimate_s: Mapping[str, float]) -> None:
        self.console = console
        self._moving = console.is_terminal
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[left]}"), console=console, transient=True)
        self._estimate = dict(estimate_s)
        self._stage, self._entered = "", time.monotonic()
        self._task: TaskID | None = None
        self._over = threading.Event()

    def __enter__(self) -> Self:
        if self._moving:
            total = sum(self._estimate.values())
            self._task = self._progress.add_task("starting", total=total, left="")
            self._progress.start()
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over()

    def over(self) -> None:
        """Nothing moves any more."""
        self._over.set()
        if self._moving:
            with suppress(OSError):
                self._progress.stop()

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the recording. When nobody looks on any more, the run goes on."""
        reaction = getattr(self, f"on_{event['event']}", None)
        if reaction is not None:
            with suppress(OSError):
                reaction(event)

    def on_stage(self, event: dict[str, Any]) -> None:
        """Another stage begins."""
        self._stage, self._entered = event["stage"], time.monotonic()
        self._describe(STAGES[self._stage])
        self._say(f"{STAGES[self._stage]}; {self._left()}")

    def on_started(self, event: dict[str, Any]) -> None:
        """A load begins."""
        self._describe(f"{event['arm']}: {event['stage']}")

    def on_ended(self, event: dict[str, Any]) -> None:
        """A load is over; a probe has a line of its own."""
        if event["stage"] != "probe":
            self._say(f"{event['arm']}: {event['stage']}, {event['sent']:,} orders sent; {self._left()}")

    def on_probed(self, event: dict[str, Any]) -> None:
        """A probe is judged."""
        words = f"{event['arm']}: {event['rate']:.0f} a second, {event['share']:.1%} in time: {event['said']}"
        self._say(f"{words}; {self._left()}")

    def on_found(self, event: dict[str, Any]) -> None:
        """All knees are found."""
        told = ", ".join(f"{arm} {rate:.0f}" for arm, rate in event["knees"].items())
        self.console.print(f"  carried, orders a second: {told or 'nothing'}")

    def on_audit(self, event: dict[str, Any]) -> None:
        """The lab's loads are through."""
        self._describe("auditing the lab")

    def _describe(self, words: str) -> None:
        if self._task is not None:
            self._progress.update(self._task, description=words)

    def _say(self, words: str) -> None:
        if not self._moving:
            self.console.print(f"  {words}", style="dim", soft_wrap=True)

    def _tick(self) -> None:
        while not self._over.wait(TICK_S):
            if self._task is not None:
                done = sum(self._estimate.values()) - self._left_s()
                self._progress.update(self._task, completed=done, left=self._left())

    def _left(self) -> str:
        return f"about {self._left_s():.0f} s left"

    def _left_s(self) -> float:
        stages = list(self._estimate)
        at = stages.index(self._stage) if self._stage in stages else 0
        here = self._estimate[stages[at]] - (time.monotonic() - self._entered)
        return max(0.0, here) + sum(self._estimate[each] for each in stages[at + 1 :])
