"""Unsafe variants, as named switches: defects that others have made in earnest, off unless asked for by name.

They are there to be caught (`harmony run calibrate --seeded-bugs`) and to be shown, never for use. Each lives in code
of its own, next to what it spoils (`unsafe_*`), and is chosen where a process is put together: whoever reads the safe
code need not read around them.
"""

from __future__ import annotations

import difflib
import zlib
from typing import Self

SWITCHES = {
    "no-dedupe": "a repeated operation is done again",
    "mark-then-effect": "an operation is marked as done first, and done in a second step",
    "no-undo-marks": "undoing what was never done leaves no mark, and does not bar it",
    "publish-after-commit": "an event is published in a second step, after its commit",
    "xadd-retry": "events are published after the commit, and again blindly when the reply is lost",
    "maxlen-trim": "streams of events are trimmed by their length, whoever has not read them yet",
    "ack-before-commit": "what was read is acked at once, before anything came of it",
    "no-journal": "the orchestrator remembers its orders in memory only",
    "no-fencing": "the journal is appended to without a look at the position: whoever was away just goes on",
    "deadline-without-expire": "at the deadline everything is undone, and the order service is not asked to expire",
    "no-deadline": "no order has a deadline",
    "no-idempotency-key": "the door takes no notice of the Idempotency-Key",
}
"""Switch -> what is wrong when it is on."""

LOST_ONE_IN = 100
PLANTED = {
    "lose-one-in-a-hundred": "of a hundred orders that are accepted one is never placed: which, their ids decide",
}
"""Switches that spoil a known share, so that it can be seen whether just that is found (`harmony run calibrate`)."""

EVERY = {**SWITCHES, **PLANTED}

NEAREST_MAX = 2
ALIKE = 0.5


class Unsafe(frozenset[str]):
    """The switches that are on."""

    @classmethod
    def of(cls, text: str) -> Self:
        """`no-dedupe, maxlen-trim` -> both. Raises ValueError for a name that is no switch, with the nearest ones."""
        names = [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name not in EVERY:
                raise ValueError(_no_such(name))
        return cls(names)


def described(unsafe: str) -> list[str]:
    """A loud sentence for each switch that is on, in the order of the table; none when all is safe."""
    on = Unsafe.of(unsafe)
    return [f"UNSAFE {name}: {what}" for name, what in EVERY.items() if name in on]


def is_lost(order_id: str) -> bool:
    """Whether the planted loss takes this order: one in LOST_ONE_IN, by nothing but its id."""
    return zlib.crc32(order_id.encode()) % LOST_ONE_IN == 0


def _no_such(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), EVERY, n=NEAREST_MAX, cutoff=ALIKE)
    guess = f": did you mean {' or '.join(near)}?" if near else "."
    return f"There is no unsafe switch {name[:40]!r}{guess} Switches are {', '.join(EVERY)}."
