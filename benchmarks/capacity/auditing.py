"""Each lab audited before it ends: it comes to rest, and the invariants hold over every order that it was given.

The findings are the records: the events behind them would be hundreds of megabytes, and end with their lab. The arms
are audited side by side in processes of their own, for nothing is measured any more.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from benchmarks import checkers, history
from benchmarks.checkers import Check
from benchmarks.rows import Row
from common.store.connect import Credentials
from compose.local.client import LabClient

FILE = "checks.ndjson"
MARGIN_S = 5.0  # after the deadline: by then every accepted order must be closed
REST_LOOK_S = 0.1


def audited(lab: LabClient, name: str, given: Mapping[str, Sequence[Row]], deadline_s: float) -> Iterator[Row]:
    """The checks of every arm, as rows. `given`: arm -> the orders that it was asked. Raises Unreadable, Trouble."""
    auditors = {arm: lab.credentials(arm, "auditor") for arm in given}
    spawned = multiprocessing.get_context("spawn")  # a fork would inherit our threads' locks
    with ProcessPoolExecutor(len(given), spawned, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        looking = {arm: pool.submit(checked, auditors[arm], arm, given[arm], deadline_s) for arm in given}
        for arm, each in looking.items():
            yield from (row | {"arm": arm, "lab": name} for row in each.result())


def checked(auditor: Credentials, arm: str, rows: Sequence[Row], deadline_s: float) -> list[dict[str, Any]]:
    """One arm's. Raises Unreadable."""
    rested = _rests(auditor, deadline_s)
    snapshot = history.collect(auditor, arm)
    # None: an overload is nothing broken, and yet the reason why orders are late
    found = [_came_to_rest(rested, rows), *checkers.check(snapshot.events, snapshot.state, rows, True, None)]
    return [each.as_row() for each in found]


def _rests(auditor: Credentials, deadline_s: float) -> bool:
    until = time.monotonic() + deadline_s + MARGIN_S
    while history.open_orders(auditor):
        if time.monotonic() > until:
            return False
        time.sleep(REST_LOOK_S)
    return True


def _came_to_rest(rested: bool, rows: Sequence[Row]) -> Check:
    told = "nothing was open when the lab was audited" if rested else "orders were open long after their deadline"
    return Check("came_to_rest", rested, sum(1 for row in rows if row.get("order_id")), told)
