"""Shows a calibration while it goes on: one moving bar with the time left at a terminal, a line for each part
elsewhere."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from rich.console import Console

from benchmarks.calibrate.plan import DELAY, LOSS, OVERHEAD, SAME
from benchmarks.commands.bar import Bar, left_in_words

DOING = {
    SAME: "every arm against itself",
    DELAY: "a known delay in one operation",
    LOSS: "a known loss of orders",
    OVERHEAD: "a door that does nothing",
}


class Watcher(Bar):
    """Hears a calibration's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._seconds, self._began, self._part = 0.0, time.monotonic(), ""

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the recording. When nobody looks on any more, the calibration goes on."""
        with suppress(OSError):
            if event["event"] == "plan":
                self._seconds, self._began = float(event["seconds"]), time.monotonic()
                self.begin(self._seconds)
            elif event["event"] == "part":
                self._enter(event)
            elif event["event"] == "judge":
                self._describe("judging, drawing")
            elif event["event"] == "started":
                self._describe(f"{self._part}: {event['arm']}")

    def _enter(self, event: dict[str, Any]) -> None:
        which = f", start {event['start'] + 1} of {event['starts']}" if event["part"] == SAME else ""
        self._part = f"{DOING[event['part']]}{which}"
        self._describe(self._part)
        self.say(f"{self._passed_s():.0f} s, {left_in_words(self._seconds - self._passed_s())}: {self._part}")

    def _describe(self, what: str) -> None:
        self.describe(what)
        self.move(min(self._passed_s(), self._seconds), self._seconds - self._passed_s())

    def _passed_s(self) -> float:
        return time.monotonic() - self._began
