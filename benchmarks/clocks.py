"""Two clocks meet in a run: the load's, for due and accepted, and the server's, for decided and closed."""

from __future__ import annotations

import time

from benchmarks.history import reading
from common.store.connect import Credentials

ASKED = 5  # times; the quickest answer bounds the error best


def offset_ms(auditor: Credentials) -> float:
    """How far the server's clock is ahead of this machine's. On one machine it is 0, up to half a round trip.

    Raises history.Unreadable when the server cannot be asked.
    """
    seen = []
    with reading(auditor) as redis:
        for _ in range(ASKED):
            before = time.time()
            seconds, microseconds = redis.time()
            after = time.time()
            server = int(seconds) + int(microseconds) / 1e6
            seen.append((after - before, (server - (before + after) / 2) * 1000))
    return round(min(seen)[1], 3)
