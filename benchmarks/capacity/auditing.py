"""Each lab audited before it ends: it comes to rest, and the invariants hold over every order that it was given.

The findings are the records: the events behind them would be hundreds of megabytes, and end with their lab.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from benchmarks import checkers, history
from benchmarks.checkers import Check
from benchmarks.rows import Row
from common.settings import Settings
from compose.local.client import LabClient

FILE = "checks.ndjson"
MARGIN_S = 5.0  # after the deadline: by then every accepted order must be closed
REST_LOOK_S = 0.1


def audited(lab: LabClient, lab_name: str, arm: str, rows: Sequence[Row], settings: Settings) -> list[dict[str, Any]]:
    """The checks of one arm, as rows. Raises Unreadable, Trouble."""
    auditor = lab.credentials(arm, "auditor")
    rested = _rests(auditor, settings)
    snapshot = history.collect(auditor, arm)
    # None: an overload is nothing broken, and yet the reason why orders are late
    found = [_came_to_rest(rested, rows), *checkers.check(snapshot.events, snapshot.state, rows, True, None)]
    return [each.as_row() | {"arm": arm, "lab": lab_name} for each in found]


def _rests(auditor: Any, settings: Settings) -> bool:
    until = time.monotonic() + settings.deadline_s + MARGIN_S
    while history.open_orders(auditor):
        if time.monotonic() > until:
            return False
        time.sleep(REST_LOOK_S)
    return True


def _came_to_rest(rested: bool, rows: Sequence[Row]) -> Check:
    told = "nothing was open when the lab was audited" if rested else "orders were open long after their deadline"
    return Check("came_to_rest", rested, sum(1 for row in rows if row.get("order_id")), told)
