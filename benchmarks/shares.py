"""Who sends what, where several processes send one load: every n-th arrival of one schedule, from one time zero.

So the load is the same whatever their number: the same orders at the same moments, each sent once. How master and
workers agree on it is in `locust_workers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """A sender's part: `number` of `of`, counted from 0. `zero_ms`: the schedule's time zero (epoch ms), agreed by
    all; None where nobody else sends: then it is when the block begins."""

    number: int = 0
    of: int = 1
    zero_ms: float | None = None

    def has(self, index: int) -> bool:
        """Whether this arrival is this sender's to send."""
        return index % self.of == self.number


WHOLE = Share()
