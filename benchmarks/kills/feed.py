"""Which orders were closed when, read from the log of the arm's order service by a thread of its own.

Not from the door: that may be the one that was killed. The times are the commits' own.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from benchmarks import history
from common.store import keys
from common.store.connect import Credentials

STREAMS = (keys.events("order", "OrderCompleted"), keys.events("order", "OrderCancelled"))
LOOK_S, AWAY_S = 0.05, 0.1
BATCH = 1_000


class Feed:
    """Order id -> when it was closed (epoch ms), as a context that reads for as long as it is open."""

    def __init__(self, credentials: Credentials) -> None:
        self.closed: dict[str, float] = {}
        self._credentials = credentials
        self._last = dict.fromkeys(STREAMS, "0-0")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Feed:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with history.reading(self._credentials) as redis:
                    while not self._over.wait(LOOK_S):
                        self._read(redis)
            except history.Unreadable:  # the server was killed: it comes back with everything
                self._over.wait(AWAY_S)

    def _read(self, redis: Any) -> None:
        for stream in STREAMS:
            for entry, fields in redis.xrange(stream, min=f"({self._last[stream]}", count=BATCH):
                self._last[stream] = entry
                self.closed[fields["subject"]] = datetime.fromisoformat(fields["time"]).timestamp() * 1000
