"""What an order could still become while a component was away: measured, order by order, by the clock of its commits.

An order counts for an outage when it was due while the component was away for certain (`SURE_S`), and early enough to
be through before the return had all gone well (`SETTLE_S`). What was in flight at onset, and what is malformed, does
not count. How far it got is read at the moment at which the component was started again: accepted, decided (the last
commit that changed or refused stock or money) and closed by then.

Orders that the business will serve need the whole way; those that it refuses turn back earlier. The cells are of the
first; the others are told beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.coupling.needs import CLOCKS
from benchmarks.rows import Row

SURE_S = 0.2  # the onset is written down, then the process is looked for and killed: 60 ms on a busy machine
SETTLE_S = 1.0  # the lab's SLO: an order due later than that before the end may be unfinished and nobody's fault
YES_SHARE, NO_SHARE = 0.95, 0.05
REACHED = {"accept": "accepted_ms", "decide": "decided_ms", "close": "closed_ms"}
SERVED, MALFORMED = "completed", "malformed"


def verdict(got: int, due: int) -> str | None:
    """yes from 95 %, no up to 5 %, else partly; None when nobody was asked."""
    if not due:
        return None
    share = got / due
    return "yes" if share >= YES_SHARE else "no" if share <= NO_SHARE else "partly"


def outage(faults: Sequence[Row], rows: Iterable[Row], expected: Mapping[str, str]) -> dict[str, Any]:
    """One component's outage in one arm, from the faults that took its processes away and its block's orders."""
    onset_ms = max(float(fault["onset_ms"]) for fault in faults)
    backs = [fault["restarted_ms"] for fault in faults]
    wanted = [row for row in rows if row.get("sent_ms") is not None and row["expected"] != MALFORMED]
    if None in backs:
        return _unseen(expected)
    back_ms = min(float(each) for each in backs)
    return _measured(onset_ms, back_ms, wanted, expected) | {"after": _after(onset_ms, back_ms, faults, wanted)}


def peace(rows: Iterable[Row], from_ms: float, seconds: float) -> dict[str, Any]:
    """The same question of a block in which nobody was away, over as long a time."""
    wanted = [row for row in rows if row.get("sent_ms") is not None and row["expected"] != MALFORMED]
    return _measured(from_ms, from_ms + seconds * 1000, wanted, dict.fromkeys(CLOCKS, "yes")) | {"after": None}


def _measured(onset_ms: float, back_ms: float, wanted: Sequence[Row], expected: Mapping[str, str]) -> dict[str, Any]:
    first_ms, last_ms = onset_ms + SURE_S * 1000, back_ms - SETTLE_S * 1000
    due = [row for row in wanted if first_ms <= float(row["due_ms"]) < last_ms]
    served = [row for row in due if row["expected"] == SERVED]
    refused = [row for row in due if row["expected"] != SERVED]
    return {
        "away_s": (back_ms - onset_ms) / 1000,
        "due": len(due),
        "served": {clock: _cell(served, clock, back_ms, expected) for clock in CLOCKS},
        "refused": {"due": len(refused)} | {clock: _got(refused, clock, back_ms) for clock in CLOCKS},
    }


def _cell(rows: Sequence[Row], clock: str, back_ms: float, expected: Mapping[str, str]) -> dict[str, Any]:
    got, due = _got(rows, clock, back_ms), len(rows)
    said = verdict(got, due)
    return {
        "due": due,
        "got": got,
        "share": got / due if due else None,
        "verdict": said,
        "expected": expected[clock],
        "as_expected": None if said is None else said == expected[clock],
    }


def _got(rows: Iterable[Row], clock: str, by_ms: float) -> int:
    times = (row.get(REACHED[clock]) for row in rows)
    return sum(each is not None and float(each) <= by_ms for each in times)


def _after(onset_ms: float, back_ms: float, faults: Sequence[Row], wanted: Sequence[Row]) -> dict[str, Any]:
    """Of all orders that met the outage, in flight or due until its end: whether all taken in were closed, and when."""
    met = [row for row in wanted if _met(row, onset_ms, back_ms)]
    taken = [row for row in met if row.get("accepted_ms") is not None]
    closed = [float(row["closed_ms"]) for row in taken if row.get("closed_ms") is not None]
    all_closed = len(closed) == len(taken)
    readies = [fault["ready_ms"] for fault in faults]
    return {
        "met": len(met),
        "in_flight": sum(float(row["due_ms"]) < onset_ms for row in met),
        "taken_in": len(taken),
        "turned_away": len(met) - len(taken),
        "closed": len(closed),
        "all_closed": all_closed if taken else None,
        "all_closed_s": max(0.0, max(closed) - back_ms) / 1000 if closed and all_closed else None,
        "given_up": sum(row.get("reason") == "deadline" for row in taken),
        "ready_s": None if None in readies else (max(float(each) for each in readies) - back_ms) / 1000,
    }


def _met(row: Row, onset_ms: float, back_ms: float) -> bool:
    due_ms, closed_ms = float(row["due_ms"]), row.get("closed_ms")
    open_at_onset = due_ms < onset_ms and (closed_ms is None or float(closed_ms) > onset_ms)
    return open_at_onset or onset_ms <= due_ms <= back_ms


def _unseen(expected: Mapping[str, str]) -> dict[str, Any]:
    """Nobody saw it come back: nothing can be said."""
    cells = {clock: _cell([], clock, 0.0, expected) for clock in CLOCKS}
    return {
        "away_s": None,
        "due": 0,
        "served": cells,
        "refused": {"due": 0} | dict.fromkeys(CLOCKS, 0),
        "after": None,
    }


def kept_up(nobody: Mapping[str, Any] | None) -> bool:
    """Whether all got through with nobody away; else an outage says nothing of who was away."""
    return nobody is None or all(cell["verdict"] == "yes" for cell in nobody["served"].values())
