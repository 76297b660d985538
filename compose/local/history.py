"""What has happened to the processes of a lab, with the times that fault experiments need."""

from __future__ import annotations

import json
import time
from collections import deque
from functools import partial
from typing import Any

from compose.local.body import Note

ENTRIES_MAX = 10_000  # a long crash loop makes two thousand an hour for one process


class History:
    """Entries `{"at_ms", "arm", "process", "event", ...}`, oldest first.

    Events: `started`, `ready`, `died` (with `code` or `signal`), `waiting` (for its next start, `lasts_s`, in which
    `state`), `not-started` (`why`), and what was asked for: `killed`, `paused`, `resumed`, `stopped`. Times are epoch
    ms of this machine, taken just before a signal is sent.
    """

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=ENTRIES_MAX)

    def note_for(self, arm: str, process: str) -> Note:
        """The function with which a process's keeper writes."""
        return partial(self._note, arm, process)

    def _note(self, arm: str, process: str, event: str, **fields: Any) -> float:
        at_ms = time.time() * 1000
        entry = {"at_ms": at_ms, "arm": arm, "process": process, "event": event} | fields
        self._entries.append(entry)
        print(json.dumps(entry), flush=True)  # to the supervisor's log, which outlasts it
        return at_ms

    def entries(self) -> list[dict[str, Any]]:
        return list(self._entries)
