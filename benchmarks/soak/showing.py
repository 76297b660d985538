"""Shows a soak while it goes on: one moving bar with the time left at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SAY_EVERY_S = 20.0
AFTER = {
    "rest": "waiting until nothing is open",
    "collect": "collecting the records",
    "judge": "judging, drawing",
}


class Watcher:
    """Hears a soak's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._moving = console.is_terminal
        bar = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
        self._progress = Progress(*bar, TimeRemainingColumn(), TextColumn("left"), console=console, transient=True)
        self._task: TaskID | None = None
        self._seconds, self._began, self._said = 0.0, time.monotonic(), 0.0

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
        """One event of the recording. When nobody looks on any more, the soak goes on."""
        with suppress(OSError):
            if event["event"] == "plan":
                self._begin(float(event["seconds"]))
            elif event["event"] == "sample":
                self._sampled(event)
            elif self._task is not None:
                self._progress.update(self._task, completed=self._seconds, description=AFTER[event["event"]])
                self._say(AFTER[event["event"]])

    def _begin(self, seconds: float) -> None:
        self._seconds, self._began = seconds, time.monotonic()
        self._task = self._progress.add_task("the load starts", total=seconds)

    def _sampled(self, event: dict[str, Any]) -> None:
        at_s = max((row["at_s"] or 0.0 for row in event["rows"].values()), default=0.0)
        if self._task is not None:
            closed = min(event["closed"].values())
            self._progress.update(self._task, completed=at_s, description=f"{closed:,} orders closed in each arm")
        if time.monotonic() - self._said >= SAY_EVERY_S:
            self._said = time.monotonic()
            left = max(0.0, self._seconds - at_s)
            self._say(f"{at_s:.0f} s of {self._seconds:.0f}, {left:.0f} s left: {_stand(event)}")

    def _say(self, words: str) -> None:
        if not self._moving:
            self.console.print(f"  {words}", style="dim", soft_wrap=True)


def _stand(event: dict[str, Any]) -> str:
    told = []
    for arm, row in event["rows"].items():
        memory = sum((row["values"].get("rss_mib") or {}).values())
        entries = sum((row["values"].get("entries") or {}).values())
        told.append(f"{arm} {event['closed'][arm]:,} closed, {memory:.0f} MiB, {entries:,.0f} entries")
    return "; ".join(told)
