"""Shows a soak while it goes on: one moving bar with the time left at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from rich.console import Console

from benchmarks.commands.bar import Bar, left_in_words

SAY_EVERY_S = 20.0
AFTER = {
    "rest": "waiting until nothing is open",
    "collect": "collecting the records",
    "judge": "judging, drawing",
}


class Watcher(Bar):
    """Hears a soak's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._seconds, self._said = 0.0, 0.0

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the recording. When nobody looks on any more, the soak goes on."""
        with suppress(OSError):
            if event["event"] == "plan":
                self._seconds = float(event["seconds"])
                self.begin(self._seconds, "the load starts")
            elif event["event"] == "sample":
                self._sampled(event)
            else:
                self.describe(AFTER[event["event"]])
                self.move(self._seconds, 0.0)
                self.say(AFTER[event["event"]])

    def _sampled(self, event: dict[str, Any]) -> None:
        at_s = max((row["at_s"] or 0.0 for row in event["rows"].values()), default=0.0)
        left_s = max(0.0, self._seconds - at_s)
        self.describe(f"{min(event['closed'].values()):,} orders closed in each arm")
        self.move(at_s, left_s)
        if time.monotonic() - self._said >= SAY_EVERY_S:
            self._said = time.monotonic()
            self.say(f"{at_s:.0f} s of {self._seconds:.0f}, {left_in_words(left_s)}: {_stand(event)}")


def _stand(event: dict[str, Any]) -> str:
    told = []
    for arm, row in event["rows"].items():
        memory = sum((row["values"].get("rss_mib") or {}).values())
        entries = sum((row["values"].get("entries") or {}).values())
        told.append(f"{arm} {event['closed'][arm]:,} closed, {memory:.0f} MiB, {entries:,.0f} entries")
    return "; ".join(told)
