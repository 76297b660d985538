"""Tries every arm of a lab before it is measured, and writes down what was seen: a row per arm.

Two witnesses: the processes count their own messages, and the server, which they cannot talk into anything, says
which streams there are, who reads them, and how far. Whether that is what the arm claims is for the judge.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.conformance import Claim, Edge, claim
from benchmarks.conformance_orders import MIX, Tried, tried
from benchmarks.rows import Row
from benchmarks.servers import Reading, streams_read
from benchmarks.traffic import edges
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.local.client import LabClient

FILE = "conformance.ndjson"
WAIT_S_MAX = 30  # the longest that a door waits
SETTLE_S_MAX = 2.0  # what the last messages of closed orders may take to be counted
LOOK_S = 0.05

Edges = Mapping[Edge, float] | None
Seen = tuple[Edges, Sequence[Reading] | None]


def look(lab: LabClient, arms: Sequence[str], seed: int, settings: Settings, start: int) -> list[Row]:
    """Send the orders, wait until all are closed, and return a row per arm. `start`: which start of the lab this is."""
    before = {arm: _seen(lab, arm) for arm in arms}
    status = lab.status()["arms"]
    wait_s = min(WAIT_S_MAX, int(settings.deadline_s) + 5)
    doors = {arm: str(status[arm]["door"]) for arm in arms}
    ended = tried(doors, seed, catalogue(settings.seed, settings.skus), wait_s)
    return [_row(arm, start, ended[arm], before[arm], _settled(lab, arm, before[arm])) for arm in arms]


def _seen(lab: LabClient, arm: str) -> Seen:
    return edges(lab.status(), arm), streams_read(lab, arm)


def _settled(lab: LabClient, arm: str, before: Seen) -> Seen:
    """What is seen once everything that must come has come, or does not come any more."""
    wanted, until = claim(arm), time.monotonic() + SETTLE_S_MAX
    while not _all_came(wanted, before, seen := _seen(lab, arm)) and time.monotonic() < until:
        time.sleep(LOOK_S)
    return seen


def _all_came(wanted: Claim, before: Seen, after: Seen) -> bool:
    came = {(kind, source, target) for kind, source, target, _ in _more(before[0], after[0]) or ()}
    return wanted.edges <= came


def _row(arm: str, start: int, ended: Tried, before: Seen, after: Seen) -> Row:
    wanted = claim(arm)
    return {
        "arm": arm,
        "start": start,
        "orders": ended.orders,
        "closed": ended.closed,
        "wanted": dict(MIX),
        "outcomes": dict(ended.outcomes),
        "declared": _sorted(wanted.edges),
        "edges": _more(before[0], after[0]),
        "declared_readers": _sorted(wanted.readers),
        "readers": _moved(before[1], after[1]),
    }


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
