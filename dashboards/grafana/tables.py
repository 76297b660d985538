"""Panels that put answers into rows, or into a graph of who tells whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.grafana.looks import Json
from dashboards.grafana.panels import Panel, Target


def table(
    title: str,
    description: str,
    unit: str,
    targets: Mapping[str, Target],
    keys: Sequence[str],
    units: Mapping[str, str] | None = None,
    width: int = 24,
    height: int = 8,
) -> Panel:
    """A row for each combination of the labels `keys`, a column for each target, by its name."""
    asked = [replace(target, instant=True, form="table") for target in targets.values()]
    columns = {f"Value #{chr(ord('A') + index)}": name for index, name in enumerate(targets)}  # as Grafana calls them
    if len(targets) == 1:
        columns = {"Value": next(iter(targets))}
    return Panel(
        "table",
        title,
        description,
        unit,
        asked,
        width,
        height,
        {"decimals": 1, "custom": {"align": "auto", "filterable": False}},
        [_unit(name, each) for name, each in (units or {}).items()],
        {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}},
        [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "indexByName": {name: index for index, name in enumerate((*keys, *columns))},
                    "renameByName": columns,
                },
            },
        ],
    )


def _unit(column: str, unit: str) -> Json:
    return {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "unit", "value": unit}]}


def graph(title: str, description: str, unit: str, edges: Target, nodes: Target, width: int, height: int) -> Panel:
    """Who tells whom. Edges bear the labels id, source, target; nodes id and title."""
    asked = [replace(target, instant=True, form="table") for target in (edges, nodes)]
    renamed = {"Value #A": "mainstat", "Value #B": "mainstat"}
    return Panel(
        "nodeGraph",
        title,
        description,
        unit,
        asked,
        width,
        height,
        {"decimals": 1},
        (),
        {"edges": {"mainStatUnit": unit}, "nodes": {"mainStatUnit": unit}},
        [{"id": "organize", "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": renamed}}],
    )
