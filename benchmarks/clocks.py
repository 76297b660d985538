"""Two clocks meet in a run: the load's, for due and accepted, and the server's, for decided and closed."""

from __future__ import annotations

import time

from benchmarks.history import reading
from common.store.connect import Credentials

ASKED_MIN, ASKED_MAX = 5, 100  # times; the quickest answer bounds the error best
QUICK_S = 0.001  # an answer within this bounds the error well; on a busy machine it may take some asking


def offset_ms(auditor: Credentials) -> float:
    """How far the server's clock is ahead of this machine's. On one machine it is 0, up to half a round trip.

    Raises history.Unreadable when the server cannot be asked.
    """
    seen: list[tuple[float, float]] = []
    with reading(auditor) as redis:
        while len(seen) < ASKED_MIN or (min(seen)[0] > QUICK_S and len(seen) < ASKED_MAX):
            before = time.time()
            seconds, microseconds = redis.time()
            after = time.time()
            server = int(seconds) + int(microseconds) / 1e6
            seen.append((after - before, (server - (before + after) / 2) * 1000))
    return round(min(seen)[1], 3)
