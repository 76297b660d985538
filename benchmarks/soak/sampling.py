"""The samples: every few seconds a row for each arm with what its processes and its server hold."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.history import Unreadable
from benchmarks.rows import Row, Rows
from benchmarks.soak import processes, sizes
from common.store.connect import Credentials
from compose.local.client import LabClient, NoLab
from compose.local.errors import Trouble

FILE = "samples.ndjson"
SILENT_MAX = 3  # looks at a supervisor that does not answer: then it is taken for dead
SILENT_S = 1.0


class Sampler:
    """Looks at all arms at once. Its rows are on disk after each look."""

    def __init__(self, lab: LabClient, arms: Sequence[str], folder: Path) -> None:
        self._lab, self._arms = lab, arms
        self._auditors = {arm: lab.credentials(arm, "auditor") for arm in arms}
        self._rows = Rows(folder / FILE)
        self.last: dict[str, Row] = {}

    def look(self, zero_ms: float | None) -> None:
        """One row for each arm; `zero_ms`: when the load began, None as long as it has not.

        Raises Trouble when the lab is gone, OSError when the rows cannot be written.
        """
        status = self._status()
        born = processes.children()
        with ThreadPoolExecutor(len(self._arms)) as looking:
            rows = list(looking.map(lambda arm: self._row(arm, status["arms"][arm], born, zero_ms), self._arms))
        for row in rows:
            self.last[row["arm"]] = row
            self._rows.keep(row)
        self._rows.flush()

    def _row(self, arm: str, told: Mapping[str, Any], born: processes.Children, zero_ms: float | None) -> Row:
        at_ms = time.time() * 1000
        values, lives = processes.look(told["processes"], born)
        stored, trouble = _stored(self._auditors[arm])
        at_s = None if zero_ms is None else round((at_ms - zero_ms) / 1000, 3)
        row = {"arm": arm, "at_ms": at_ms, "at_s": at_s, "values": values | stored, "pids": lives}
        return row if trouble is None else row | {"trouble": trouble}

    def _status(self) -> dict[str, Any]:
        for _ in range(SILENT_MAX - 1):
            try:
                return self._lab.status()
            except NoLab:
                raise
            except Trouble:
                time.sleep(SILENT_S)
        return self._lab.status()


def _stored(auditor: Credentials) -> tuple[sizes.Values, str | None]:
    """What the server holds; nothing, and why, when it does not answer."""
    try:
        return sizes.look(auditor), None
    except Unreadable as error:
        return {}, str(error)
