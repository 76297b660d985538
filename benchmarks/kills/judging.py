"""What there is to complain about in a round: what its audit found, and how its processes fared."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.kills.audit import Audited
from benchmarks.kills.customers import Customer
from benchmarks.rows import Row


def judged(row: Row, audited: Audited, ready: bool) -> Row:
    """The row with what there is to complain about, and whether there is nothing."""
    stuck = [kill for kill in row["recoveries"] if kill["recovery_s"] is None]
    told = audited.complaints()
    told += [f"kill {kill['number']} of {kill['process']}: no recovery within the limit" for kill in stuck]
    told += [f"{_death(each)}, and nobody had killed it" for each in row["deaths"]]
    told += [] if ready else ["not every process was ready again at the end of the round"]
    return row | {"complaints": told, "ok": not told}


def _death(entry: Row) -> str:
    how = f"by {entry['signal']}" if entry.get("signal") else f"with exit code {entry.get('code')}"
    return f"{entry['process']} died {how}"


def expired(flying: Iterable[Customer], audited: Audited) -> int:
    """How many orders that were in flight at a kill ended because their time was over."""
    return sum(audited.endings.get(each.order_id or "") == "deadline" for each in flying)
