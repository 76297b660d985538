"""How every order ended, read from the log of an arm's order service before its orders are dropped."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.history import Asked, Unreadable, reading
from benchmarks.rows import Row, Rows
from common.store import keys
from common.store.connect import Credentials

STREAMS = {kind: keys.events("order", kind) for kind in ("OrderCompleted", "OrderCancelled")}
LOOK_S, AWAY_S = 0.5, 0.2  # an order is remembered for ten times as long
BATCH = 1_000


class Endings:
    """Writes a row for each closing event as long as the context is open, and once more when it ends."""

    def __init__(self, credentials: Credentials, file: Path) -> None:
        self.count = 0
        self.trouble: OSError | None = None  # the rows could not be written
        self._credentials, self._rows = credentials, Rows(file)
        self._last = dict.fromkeys(STREAMS, "0-0")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._read_on()
        except OSError as error:
            self.trouble = error

    def _read_on(self) -> None:
        over = False
        while not over:
            try:
                with reading(self._credentials) as redis:
                    while not over:
                        over = self._over.wait(LOOK_S)
                        self._read(redis)
            except Unreadable:
                over = self._over.wait(AWAY_S)

    def _read(self, redis: Asked) -> None:
        for kind, stream in STREAMS.items():
            while found := redis.xrange(stream, min=f"({self._last[kind]}", count=BATCH):
                for entry, fields in found:
                    self._last[kind] = entry
                    self._rows.keep(row_of(kind, fields))
                    self.count += 1
        self._rows.flush()


def row_of(kind: str, fields: Mapping[str, str]) -> Row:
    """As much of the event as says how its order ended, in the shape of `events.ndjson`."""
    data: Any = json.loads(fields.get("data") or "{}")
    time_ms = datetime.fromisoformat(fields["time"]).timestamp() * 1000
    return {"subject": fields["subject"], "type": kind, "time_ms": time_ms, "data": {"reason": data.get("reason")}}
