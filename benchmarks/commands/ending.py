"""How `harmony` ends: every signal that asks it to leave is a Ctrl-C, and the exit code says which it was.

0 fine, 1 an invariant is violated, a check failed or the records cannot be used, 2 usage, 3 something of the
environment is missing, 130 interrupted, 128 + N ended by another signal.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

FINE, FAILED, USAGE, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 130
BY_SIGNAL = 128
NOBODY_READS = BY_SIGNAL + signal.SIGPIPE
LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Remembers which signal came, if one did."""

    def __init__(self) -> None:
        self._came: int | None = None

    def listen(self) -> None:
        """From now on they raise KeyboardInterrupt. One that is ignored already (nohup) stays so."""
        for number in LIKE_CTRL_C:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, _: FrameType | None) -> None:
        self._came = number
        raise KeyboardInterrupt

    def interrupted(self) -> int:
        """The exit code of what was interrupted: 130 by Ctrl-C, else it says by which signal."""
        return INTERRUPTED if self._came is None else BY_SIGNAL + self._came


def show_what_can_be_shown() -> None:
    """A character that the output's encoding lacks becomes a question mark, and never a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a replaced stream may not have it
        if reconfigure is not None:
            reconfigure(errors="replace")
