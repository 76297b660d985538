"""Panels without time: figures, tables, and the graph of who tells whom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from dashboards.preview.asked import Json, Line
from dashboards.preview.charts import CELL_H, CELL_W, text
from dashboards.preview.colours import painted
from dashboards.preview.units import written


def numbers(panel: Json, told: Sequence[Line]) -> str:
    """A figure for each series."""
    defaults = panel["fieldConfig"]["defaults"]
    judged = defaults["color"]["mode"] == "thresholds"
    rows = "".join(
        f'<div><i>{escape(line.name)}</i><b style="color:{_judged(value, defaults) if judged else line.colour}">'
        f"{written(value, defaults['unit'], defaults['decimals'])}</b></div>"
        for line in sorted(told, key=lambda line: line.name)
        for value in [line.series.points[-1][1]]
    )
    return f'<div class="numbers">{rows}</div>'


def _judged(value: float, defaults: Json) -> str:
    colour = "inherit"
    for step in defaults["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            colour = painted(step["color"])
    return colour


def table(panel: Json, told: Sequence[Line]) -> str:
    """A row for each combination of labels, a column for each query."""
    order = next(each["options"] for each in panel["transformations"] if each["id"] == "organize")
    columns = list(order["renameByName"].values())
    keys = [key for key in order["indexByName"] if key not in order["renameByName"]]
    units = {each["matcher"]["options"]: each["properties"][0]["value"] for each in panel["fieldConfig"]["overrides"]}
    rows: dict[tuple[str, ...], dict[int, float]] = {}
    for line in told:
        key = tuple(line.series.labels.get(each, "") for each in keys)
        rows.setdefault(key, {})[line.target] = line.series.points[-1][1]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    head = "".join(f"<th>{escape(each)}</th>" for each in (*keys, *columns))
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(each)}</td>" for each in key)
        + "".join(
            f'<td class="right">{written(values.get(number, math.nan), units.get(name, unit))}</td>'
            for number, name in enumerate(columns)
        )
        + "</tr>"
        for key, values in sorted(rows.items())
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def graph(panel: Json, told: Sequence[Line]) -> str:
    """Nodes on a circle, an arrow for each edge."""
    place, unit = panel["gridPos"], panel["fieldConfig"]["defaults"]["unit"]
    width, height = place["w"] * CELL_W - 20, place["h"] * CELL_H - 50
    nodes = sorted((line for line in told if line.target == 1), key=lambda line: line.series.labels["id"])
    at = {}
    for number, line in enumerate(nodes):
        turn = 2 * math.pi * number / len(nodes) - math.pi / 2
        x, y = width / 2 + width * 0.36 * math.cos(turn), height / 2 + height * 0.4 * math.sin(turn)
        at[line.series.labels["id"]] = (x, y)
    arrows = [_arrow(at, line, unit) for line in told if line.target == 0]
    circles = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="38" class="node"/>'
        + text(x, y - 1, name)
        + text(x, y + 14, written(line.series.points[-1][1], unit))
        for line in nodes
        for name in [line.series.labels["id"]]
        for x, y in [at[name]]
    ]
    inner = "".join([*arrows, *circles]) or text(width / 2, height / 2, "none at this moment")
    tip = '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    return f'<svg viewBox="0 0 {width} {height}"><defs>{tip}<path d="M0,0L8,4L0,8z"/></marker></defs>{inner}</svg>'


def _arrow(at: dict[str, tuple[float, float]], line: Line, unit: str) -> str:
    (x1, y1), (x2, y2) = at[line.series.labels["source"]], at[line.series.labels["target"]]
    far = math.hypot(x2 - x1, y2 - y1) or 1
    dx, dy = (x2 - x1) / far, (y2 - y1) / far
    x1, y1, x2, y2 = (x1 + 40 * dx - 7 * dy, y1 + 40 * dy + 7 * dx, x2 - 40 * dx - 7 * dy, y2 - 40 * dy + 7 * dx)
    drawn = f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" class="edge" marker-end="url(#tip)"/>'
    told = written(line.series.points[-1][1], unit)
    return drawn + text(x1 + 0.35 * (x2 - x1) - 14 * dy, y1 + 0.35 * (y2 - y1) + 14 * dx, told)
