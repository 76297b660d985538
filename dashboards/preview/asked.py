"""What a page is drawn from: each panel of a board's JSON with the answers to its queries, named and coloured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from dashboards.asking import Prometheus, Series, expand
from dashboards.preview.window import Window

Json = Mapping[str, Any]

PALETTE = (
    "#7eb26d",
    "#eab839",
    "#6ed0e0",
    "#ef843c",
    "#e24d42",
    "#1f78c1",
    "#ba43a9",
    "#b7b7d5",
    "#ff99cc",
    "#8ab8ff",
    "#b3de69",
    "#c8c8c8",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A series as it is shown. `target`: the number of the query that it answers."""

    name: str
    target: int
    series: Series
    colour: str
    dash: str = ""
    width: float = 2
    hidden: bool = False


def ask(prometheus: Prometheus, panel: Json, window: Window) -> list[Line]:
    """All answers of a panel."""
    found: list[tuple[str, int, Series]] = []
    for number, target in enumerate(panel["targets"]):
        query = expand(target["expr"], window.length_s)
        if target["instant"]:
            answers = prometheus.at(query, window.end_s)
        else:
            answers = prometheus.over(query, window.start_s, window.end_s)
        found += [(series.named(target["legendFormat"]), number, series) for series in answers]
    return [_styled(panel, name, number, series) for name, number, series in found]


def _styled(panel: Json, name: str, number: int, series: Series) -> Line:
    told: dict[str, Any] = {}
    for override in panel["fieldConfig"]["overrides"]:
        pattern = override["matcher"]["options"].strip("/")
        if override["matcher"]["id"] == "byRegexp" and re.search(pattern, name):
            told |= {each["id"]: each["value"] for each in override["properties"]}
    colour = told.get("color", {}).get("fixedColor", PALETTE[crc32(name.encode()) % len(PALETTE)])
    dash = " ".join(map(str, told.get("custom.lineStyle", {}).get("dash", ())))
    width = told.get("custom.lineWidth", 2)
    return Line(name, number, series, colour, dash, width, hidden="custom.hideFrom" in told)


def marks(prometheus: Prometheus, board: Json, window: Window) -> list[tuple[float, float]]:
    """From when to when something was marked."""
    spans: list[tuple[float, float]] = []
    for mark in board["annotations"]["list"]:
        query = f"max({expand(mark['expr'], window.length_s)})"
        for series in prometheus.over(query, window.start_s, window.end_s, 1):
            spans += _spans([time for time, _ in series.points])
    return spans


def _spans(times: Sequence[float]) -> list[tuple[float, float]]:
    """Runs of moments one second apart."""
    spans: list[tuple[float, float]] = []
    for time in times:
        if spans and time - spans[-1][1] <= 1.5:
            spans[-1] = spans[-1][0], time
        else:
            spans.append((time, time))
    return [(begin, max(end, begin + 0.5)) for begin, end in spans]
