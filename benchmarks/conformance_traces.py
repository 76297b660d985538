"""The traces of the orders that an arm was tried on: each must be there, hang together, and tell of no edge but those
that the arm declares."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.conformance import Edge
from benchmarks.rows import Row
from benchmarks.traces.graph import Graph
from benchmarks.traces.journey import Journey, Key
from benchmarks.traces.messages import messages
from benchmarks.traces.naming import CUSTOMER
from benchmarks.traces.reading import Damaged, NoTraces, Traces
from compose.local.client import LabClient

WRITTEN_S_MAX = 3.0  # spans wait a quarter of a second in their process; the machine may be busy
LOOK_S = 0.1
EVENT_ROUTE = "/events/{type}"


def folder(lab: LabClient) -> Path:
    """Where the processes of a lab leave their traces: a folder for each arm."""
    return Path(str(lab.status()["supervisor"]["logs"])).with_name("traces")


def traced(lab: LabClient, arm: str, order_ids: Sequence[str]) -> Row | None:
    """How many of these orders were traced, and how many of them as one connected graph; and who told whom what.

    None when there is nothing to read.
    """
    found = written(lab, [(arm, order_id) for order_id in order_ids])
    if not found:
        return None
    whole = sum(Graph(each).connected for each in found)
    edges = sorted({edge for journey in found for edge in told(journey)})
    return {"orders": len(found), "connected": whole, "edges": [list(edge) for edge in edges]}


def written(lab: LabClient, keys: Sequence[Key]) -> list[Journey]:
    """The traces of these orders (arm, id), once each is there to its end and hangs together.

    Else what there is after a time.
    """
    until = time.monotonic() + WRITTEN_S_MAX
    while True:
        found = _journeys(lab, keys)
        graphs = [Graph(each) for each in found if each.ending != "open"]
        whole = sum(graph.connected and not graph.unwritten for graph in graphs)
        if whole == len(keys) or time.monotonic() > until:
            return found
        time.sleep(LOOK_S)


def told(journey: Journey) -> set[Edge]:
    """The edges of a journey, as messages are counted: not the customer's own, nor the receipt for a posted event."""
    found: set[Edge] = set()
    for each in messages(Graph(journey)):
        receipt = each.kind == "reply" and each.sent_by.text("http.route") == EVENT_ROUTE
        if not receipt and CUSTOMER not in (each.sender, each.receiver):
            found.add(("command" if each.kind == "request" else each.kind, each.sender, each.receiver))
    return found


def _journeys(lab: LabClient, keys: Sequence[Key]) -> list[Journey]:
    try:
        return Traces(folder(lab)).journeys(keys)
    except (NoTraces, Damaged):
        return []
