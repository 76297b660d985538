"""Shows a calibration while it goes on: one moving bar with the time left at a terminal, a line for each part
elsewhere."""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.calibrate.plan import DELAY, LOSS, OVERHEAD, SAME

DOING = {
    SAME: "every arm against itself",
    DELAY: "a known delay in one operation",
    LOSS: "a known loss of orders",
    OVERHEAD: "a door that does nothing",
}


class Watcher:
    """Hears a calibration's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._moving = console.is_terminal
        bar = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
        self._progress = Progress(*bar, TimeRemainingColumn(), TextColumn("left"), console=console, transient=True)
        self._task: TaskID | None = None
        self._seconds, self._began, self._part = 0.0, time.monotonic(), ""

    def __enter__(self) -> Self:
        if self._moving:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over()

    def over(self) -> None:
        """Nothing moves any more."""
        if self._moving:
            with suppress(OSError):
                self._progress.stop()

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the recording. When nobody looks on any more, the calibration goes on."""
        with suppress(OSError):
            if event["event"] == "plan":
                self._seconds, self._began = float(event["seconds"]), time.monotonic()
                self._task = self._progress.add_task("starting", total=self._seconds)
            elif event["event"] == "part":
                self._begin(event)
            elif event["event"] == "judge":
                self._describe("judging, drawing")
            elif event["event"] == "started":
                self._describe(f"{self._part}: {event['arm']}")

    def _begin(self, event: dict[str, Any]) -> None:
        which = f", start {event['start'] + 1} of {event['starts']}" if event["part"] == SAME else ""
        self._part = f"{DOING[event['part']]}{which}"
        self._describe(self._part)
        if not self._moving:
            passed = time.monotonic() - self._began
            left = max(0.0, self._seconds - passed)
            self.console.print(f"  {passed:.0f} s, about {left:.0f} s left: {self._part}", style="dim", soft_wrap=True)

    def _describe(self, what: str) -> None:
        if self._task is not None:
            passed = min(time.monotonic() - self._began, self._seconds)
            self._progress.update(self._task, completed=passed, description=what)
