"""Who talks to whom while orders run: edges from always-on counts, waiting from the traces, and who is in the middle.

Per order is per accepted order of the traced block. A message touches its sender and its receiver.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.conformance_traces import EVENT_ROUTE
from benchmarks.coupling.waiting import blocking_share, depth
from benchmarks.rows import Row
from benchmarks.traces.graph import Graph
from benchmarks.traces.journey import Journey
from benchmarks.traces.messages import messages
from benchmarks.traces.naming import CUSTOMER

Edge = tuple[str, str, str]  # kind, source, target
HELD = ("command", "reply")  # over HTTP these are a request held open, and its answer


def runtime(components: Sequence[str], counted: Iterable[Row], journeys: Sequence[Journey]) -> dict[str, Any]:
    """An arm's runtime view, for JSON. What nobody counted or traced is None."""
    graphs = [Graph(each) for each in journeys]
    edges = edges_of(counted, _over_http(graphs))
    traced = Counter(edge for graph in graphs for edge in told(graph))
    per_order = sum(each["messages_per_order"] for each in edges) if edges else None
    sizes = [each["bytes_per_order"] for each in edges]
    return {
        "traced": len(graphs),
        "edges": edges,
        "messages_per_order": per_order,
        "bytes_per_order": sum(sizes) if edges and None not in sizes else None,
        "traced_messages_per_order": traced.total() / len(graphs) if graphs else None,
        "sync_depth": spread([depth(graph) for graph in graphs]),
        "blocking_share": spread([each for each in map(blocking_share, graphs) if each is not None]),
        "components": _components(components, edges, graphs),
        "centre": _centre(components, edges),
    }


def edges_of(counted: Iterable[Row], over_http: set[Edge]) -> list[dict[str, Any]]:
    """The edges, busiest first; [] when a process would not say what it counted."""
    rows = list(counted)
    orders = {row["block"]: int(row["orders"]) for row in rows}
    whole = sum(orders.values())
    if not whole or any(row["messages"] is None for row in rows):
        return []
    found: dict[Edge, list[Row]] = {}
    for row in rows:
        found.setdefault((row["kind"], row["source"], row["target"]), []).append(row)
    edges = [
        {
            "kind": edge[0],
            "source": edge[1],
            "target": edge[2],
            "messages_per_order": sum(row["messages"] for row in its) / whole,
            "bytes_per_order": None if any(row["bytes"] is None for row in its) else _bytes(its) / whole,
            "blocking": edge in over_http and edge[0] in HELD,
            "posted": edge in over_http and edge[0] not in HELD,
        }
        for edge, its in found.items()
    ]
    return sorted(edges, key=lambda each: (-each["messages_per_order"], each["source"], each["target"]))


def told(graph: Graph) -> list[Edge]:
    """The messages between components that an order's spans tell of, as they are counted: no receipts of posts."""
    return [
        ("command" if each.kind == "request" else each.kind, each.sender, each.receiver)
        for each in messages(graph)
        if CUSTOMER not in (each.sender, each.receiver)
        and not (each.kind == "reply" and each.sent_by.text("http.route") == EVENT_ROUTE)
    ]


def spread(values: Sequence[float]) -> dict[str, float | int | None]:
    """Median and range over orders."""
    if not values:
        return {"count": 0, "p50": None, "min": None, "max": None}
    return {"count": len(values), "p50": statistics.median(values), "min": min(values), "max": max(values)}


def _bytes(rows: Iterable[Row]) -> float:
    return sum(float(row["bytes"]) for row in rows)


def _over_http(graphs: Iterable[Graph]) -> set[Edge]:
    found = set()
    for graph in graphs:
        for each in messages(graph):
            if each.sent_by.over_http or (each.received_by is not None and each.received_by.over_http):
                found.add(("command" if each.kind == "request" else str(each.kind), each.sender, each.receiver))
    return found


def _components(
    components: Sequence[str], edges: Sequence[Mapping[str, Any]], graphs: Sequence[Graph]
) -> dict[str, dict[str, Any]]:
    completed = [graph for graph in graphs if graph.journey.ending == "completed"]
    whole = sum(each["messages_per_order"] for each in edges)
    return {
        component: {
            "fan_in": len({each["source"] for each in edges if each["target"] == component}),
            "fan_out": len({each["target"] for each in edges if each["source"] == component}),
            "share": _touching(component, edges) / whole if whole else None,
            "took_part": _took_part(component, completed),
        }
        for component in components
    }


def _touching(component: str, edges: Sequence[Mapping[str, Any]]) -> float:
    its = (each for each in edges if component in (each["source"], each["target"]))
    return sum(float(each["messages_per_order"]) for each in its)


def _took_part(component: str, completed: Sequence[Graph]) -> float | None:
    """The share of completed orders in whose spans the component is."""
    if not completed:
        return None
    return sum(any(span.service == component for span in graph.journey.spans) for graph in completed) / len(completed)


def _centre(components: Sequence[str], edges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The component that most messages touch, and their share of all."""
    whole = sum(each["messages_per_order"] for each in edges)
    if not whole:
        return {"component": None, "share": None}
    busiest = max(components, key=lambda each: _touching(each, edges))
    return {"component": busiest, "share": _touching(busiest, edges) / whole}
