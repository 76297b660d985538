"""Faults: done to a process at their time in a block, and recorded with when it was down and when it was back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.plan import Block, Fault
from benchmarks.rows import Row
from compose.local.client import LabClient
from compose.local.errors import Trouble

BACK_S_MAX = 30.0  # how long after its end a fault's record waits for the process to be ready again
LOOK_S = 0.05


@dataclass(slots=True)
class Faults:
    """The faults of a run. Each waits for its time in a thread of its own; `rows` has those that were injected.

    `tell` hears of each (from that thread): `{"event": "fault", "arm", "target", "block", "state": "done" or "over"}`.
    `failed` says in sentences which could not be injected.
    """

    lab: LabClient
    tell: Callable[[Row], None]
    rows: list[Row] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _waiting: list[threading.Thread] = field(default_factory=list)
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def begin(self, block: Block, started_ms: float) -> None:
        """Have the block's faults happen at their times after its start (epoch ms)."""
        for fault in block.faults:
            thread = threading.Thread(target=self._inject, args=(block, fault, started_ms), daemon=True)
            self._waiting.append(thread)
            thread.start()

    def end(self) -> list[Row]:
        """Wait until every process is back (or has had its time), and return the rows by onset."""
        for thread in self._waiting:
            thread.join()
        return sorted(self.rows, key=lambda row: float(row["onset_ms"]))

    def cancel(self) -> None:
        """Inject nothing more."""
        self._cancelled.set()

    def _inject(self, block: Block, fault: Fault, started_ms: float) -> None:
        if self._cancelled.wait(max(0.0, started_ms / 1000 + fault.at_s - time.time())):
            return
        row: Row = {"arm": block.arm, "fault": fault.what, "target": fault.target, "block": block.block}
        row |= {"hold_s": fault.hold_s, "end_ms": None, "restarted_ms": None, "ready_ms": None}
        try:
            row["onset_ms"] = self.lab.kill(block.arm, fault.target, fault.hold_s)
            self.rows.append(row)
            self._say(row, "done")
            self._watch(row, row["onset_ms"] + (fault.hold_s + BACK_S_MAX) * 1000)
        except Trouble as trouble:
            self.failed.append(f"{block.arm}: {fault.what} {fault.target} failed: {trouble}")
        self._say(row, "over")

    def _say(self, row: Row, state: str) -> None:
        self.tell({"event": "fault", "state": state} | {name: row[name] for name in ("arm", "target", "block")})

    def _watch(self, row: Row, until_ms: float) -> None:
        """Fill in when the process was started again and ready: the supervisor's own times, not those of looking."""
        while row["ready_ms"] is None and time.time() * 1000 < until_ms and not self._cancelled.is_set():
            time.sleep(LOOK_S)
            for entry in self._since(row):
                if entry["event"] == "started" and row["restarted_ms"] is None:
                    row["restarted_ms"] = row["end_ms"] = entry["at_ms"]
                if entry["event"] == "ready" and row["restarted_ms"] is not None:
                    row["ready_ms"] = row["ready_ms"] or entry["at_ms"]

    def _since(self, row: Row) -> list[dict[str, Any]]:
        return [
            entry
            for entry in self.lab.history()
            if entry.get("arm") == row["arm"]
            and entry.get("process") == row["target"]
            and entry["at_ms"] >= row["onset_ms"]
        ]
