"""Shows a run while it goes on: a moving bar with the time left at a terminal, a line for each thing done elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

from rich.console import Console

from benchmarks.commands.bar import Bar, left_in_words

TICK_S = 0.2
STAGES = {
    "search": "the search for the knee, the arms in turn",
    "replicas": "bursts to one, two and four replicas",
    "overload": "two and three times the knee, then half of it",
    "judge": "judging, drawing",
}


class Watcher(Bar):
    """Hears a run's progress events. As a context it owns the terminal's last line."""

    def __init__(self, console: Console, estimate_s: Mapping[str, float]) -> None:
        super().__init__(console)
        self._estimate = dict(estimate_s)
        self._stage, self._entered = "", time.monotonic()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.begin(sum(self._estimate.values()))
        if self.moving:
            threading.Thread(target=self._tick, daemon=True).start()
        return super().__enter__()

    def over(self) -> None:
        """Nothing moves any more."""
        self._over.set()
        super().over()

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the recording. When nobody looks on any more, the run goes on."""
        reaction = getattr(self, f"on_{event['event']}", None)
        if reaction is not None:
            with suppress(OSError):
                reaction(event)

    def on_stage(self, event: dict[str, Any]) -> None:
        """Another stage begins."""
        self._stage, self._entered = event["stage"], time.monotonic()
        self.describe(STAGES[self._stage])
        self.say(f"{STAGES[self._stage]}; {self._left()}")

    def on_started(self, event: dict[str, Any]) -> None:
        """A load begins."""
        self.describe(f"{event['arm']}: {event['stage']}")

    def on_ended(self, event: dict[str, Any]) -> None:
        """A load is over; a probe has a line of its own."""
        if event["stage"] != "probe":
            self.say(f"{event['arm']}: {event['stage']}, {event['sent']:,} orders sent; {self._left()}")

    def on_probed(self, event: dict[str, Any]) -> None:
        """A probe is judged."""
        words = f"{event['arm']}: {event['rate']:.0f} a second, {event['share']:.1%} in time: {event['said']}"
        self.say(f"{words}; {self._left()}")

    def on_found(self, event: dict[str, Any]) -> None:
        """All knees are found."""
        told = ", ".join(f"{arm} {rate:.0f}" for arm, rate in event["knees"].items())
        self.console.print(f"  carried, orders a second: {told or 'nothing'}")

    def on_audit(self, event: dict[str, Any]) -> None:
        """The lab's loads are through."""
        self.describe("auditing the lab")

    def _tick(self) -> None:
        while not self._over.wait(TICK_S):
            self.move(sum(self._estimate.values()) - self._left_s(), self._left_s())

    def _left(self) -> str:
        return left_in_words(self._left_s())

    def _left_s(self) -> float:
        stages = list(self._estimate)
        at = stages.index(self._stage) if self._stage in stages else 0
        here = self._estimate[stages[at]] - (time.monotonic() - self._entered)
        return max(0.0, here) + sum(self._estimate[each] for each in stages[at + 1 :])
