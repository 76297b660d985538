"""Points at which a process can be told to die: named, listed, and of no effect until one is armed.

A process that dies at a point dies as by `kill -9`: nothing is written, flushed or answered any more. Together with
the operations that come by a point (`charge`, `refund`), the points enumerate every single crash that can matter.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable

POINTS = {
    "commit.before": "decided, and nothing committed",
    "commit.after": "committed with its event, and nobody told",
    "reply.before": "the answer is ready, and nobody has it",
    "ack.before": "done, and not acked",
    "ack.after": "acked, and what was read in the same round trip not looked at",
    "publish.before": "about to send a command, or to post an event",
    "publish.after": "sent or taken, and not remembered",
    "journal.before": "heard, and not written down",
    "journal.after": "written down, and nothing done about it",
    "enqueue.before": "in the journal, and not in the queue of jobs",
    "enqueue.after": "in the queue, and nobody told",
}
"""Each point, and what is true when the process dies there."""

Reach = Callable[[str, Iterable[str]], None]
"""Called where a point is, with the operations that come by. Usually it returns."""


def nothing_armed(point: str, operations: Iterable[str]) -> None:
    """For whoever cannot be told to die."""


class Crashes:
    """What this process has been told to die at."""

    def __init__(self) -> None:
        self._armed: dict[tuple[str, str], int] = {}
        self._until = 0.0

    def arm(self, point: str, operation: str, nth: int = 1, for_s: float = 60.0) -> None:
        """Die the nth time that the operation comes by the point, within the next `for_s` seconds.

        Raises ValueError when there is no such point.
        """
        if point not in POINTS:
            raise ValueError(f"there is no crash point {point[:40]!r}: there are {', '.join(POINTS)}")
        self._armed[point, operation] = nth
        self._until = time.monotonic() + for_s

    def disarm(self) -> None:
        """Live."""
        self._armed.clear()

    def reach(self, point: str, operations: Iterable[str]) -> None:
        """See Reach."""
        if not self._armed:
            return
        if time.monotonic() > self._until:
            self.disarm()
        for operation in operations:
            left = self._armed.get((point, operation))
            if left == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            elif left:
                self._armed[point, operation] = left - 1
