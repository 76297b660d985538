"""Tries every arm of a lab before it is measured, and writes down what was seen: a row per arm.

Witnesses: the processes count their own messages; each also counts what it was asked to do, by whomever; and the
server, which they cannot talk into anything, says which streams there are, who reads them, in whose name, and how far.
All of them are traced, and their traces are a fourth. Whether that is what the arm claims is for the judge.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.conformance import Claim, Edge, claim
from benchmarks.conformance_orders import MIX, SLOW_SERVICE, Doorway, Tried, tried
from benchmarks.conformance_readers import consumers_named
from benchmarks.conformance_traces import traced
from benchmarks.rows import Row
from benchmarks.servers import Reading, streams_read
from benchmarks.traffic import edges, performed, processes
from benchmarks.traffic import settings as settings_of
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.local.client import LabClient

FILE = "conformance.ndjson"
WAIT_S_MAX = 30  # the longest that a door waits
SETTLE_S_MAX = 2.0  # what the last messages of closed orders may take to be counted
BACK_S_MAX = 5.0  # what a process that was killed under load may take to be back and say what it counted
LOOK_S = 0.05

Edges = Mapping[Edge, float] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the witnesses said of one arm, at one moment. None is what one would not say."""

    performed: Mapping[str, float] | None
    edges: Edges
    readings: Sequence[Reading] | None


def look(lab: LabClient, arms: Sequence[str], seed: int, settings: Settings, start: int) -> list[Row]:
    """Send the orders, wait until all are closed, and return a row per arm. `start`: which start of the lab this is."""
    before = {arm: _seen(lab, arm) for arm in arms}
    status = lab.status()
    wait_s = min(WAIT_S_MAX, int(settings.deadline_s) + 5)
    doors = {arm: _doorway(status, arm) for arm in arms}
    ended = tried(doors, lab.token(), seed, catalogue(settings.seed, settings.skus), wait_s)
    return [_row(lab, arm, start, ended[arm], before[arm], _settled(lab, arm, before[arm])) for arm in arms]


def under_load(lab: LabClient, rows: Sequence[Row], start: int) -> None:
    """Add to the rows of this start what each arm has counted since it began, its load included.

    Called again, it adds to what was seen before: whoever is killed forgets what it counted.
    """
    for row in rows:
        if row["start"] == start:
            until = time.monotonic() + BACK_S_MAX
            while (seen := edges(lab.status(), row["arm"])) is None and time.monotonic() < until:
                time.sleep(LOOK_S)
            row["under_load"] = _together(row.get("under_load") or [], seen)


def _together(before: Sequence[Sequence[Any]], seen: Edges) -> list[list[Any]] | None:
    if seen is None:
        return None
    most = {(kind, source, target): int(count) for kind, source, target, count in before}
    most |= {edge: max(int(count), most.get(edge, 0)) for edge, count in seen.items()}
    return [[*edge, count] for edge, count in sorted(most.items()) if count]


def _doorway(status: Mapping[str, Any], arm: str) -> Doorway:
    slowed = [str(each["url"]) for each in processes(status, arm) if each["service"] == SLOW_SERVICE]
    return Doorway(str(status["arms"][arm]["door"]), slowed)


def _seen(lab: LabClient, arm: str) -> Seen:
    status = lab.status()
    return Seen(performed(status, arm), edges(status, arm), streams_read(lab, arm))


def _settled(lab: LabClient, arm: str, before: Seen) -> Seen:
    """What is seen once everything that must come has come, or does not come any more."""
    wanted, until = claim(arm), time.monotonic() + SETTLE_S_MAX
    while not _all_came(wanted, before, seen := _seen(lab, arm)) and time.monotonic() < until:
        time.sleep(LOOK_S)
    return seen


def _all_came(wanted: Claim, before: Seen, after: Seen) -> bool:
    came = {(kind, source, target) for kind, source, target, _ in _more(before.edges, after.edges) or ()}
    return wanted.edges <= came


def _row(lab: LabClient, arm: str, start: int, ended: Tried, before: Seen, after: Seen) -> Row:
    wanted = claim(arm)
    return {
        "arm": arm,
        "start": start,
        "orders": ended.orders,
        "closed": ended.closed,
        "wanted": dict(MIX),
        "outcomes": dict(ended.outcomes),
        "recalled": ended.recalled,
        "said": _said(lab, arm),
        "declared": _sorted(wanted.edges),
        "edges": _more(before.edges, after.edges),
        "performed": _done(before, after),
        "declared_readers": _sorted(wanted.readers),
        "quiet_readers": _sorted(wanted.quiet),
        "readers": _moved(before.readings, after.readings),
        "declared_carriers": _sorted(wanted.carriers),
        "carriers": consumers_named(lab, arm, after.readings),
        "traced": traced(lab, arm, ended.order_ids),
    }


def _said(lab: LabClient, arm: str) -> dict[str, list[str] | None]:
    """Process -> the pattern and transport that it says it is part of."""
    told = settings_of(lab.status(), arm, lab.token())
    return {name: None if each is None else [each["pattern"], each["transport"]] for name, each in told.items()}


def _done(before: Seen, after: Seen) -> dict[str, int] | None:
    """Service -> operations in between."""
    if before.performed is None or after.performed is None:
        return None
    return {name: int(count - before.performed.get(name, 0.0)) for name, count in sorted(after.performed.items())}


def _more(before: Edges, after: Edges) -> list[list[Any]] | None:
    """[kind, source, target, how many] counted in between; None when a process would not say."""
    if before is None or after is None:
        return None
    more = {edge: count - before.get(edge, 0.0) for edge, count in after.items()}
    return [[*edge, int(count)] for edge, count in sorted(more.items()) if count]


def _moved(before: Sequence[Reading] | None, after: Sequence[Reading] | None) -> list[Row] | None:
    """Every stream that is read or is for commands: by which group, how far, and whether it read on in between."""
    if before is None or after is None:
        return None
    first = {(each.stream, each.group): each.last for each in before}
    return [each.as_row() | {"moved": each.last != first.get((each.stream, each.group), "0-0")} for each in after]


def _sorted(each: Any) -> list[list[str]]:
    return sorted(list(one) for one in each)
