"""What a page is drawn from: each panel of a board's JSON with the answers to its queries, named and coloured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from dashboards.asking import Prometheus, Series, expand
from dashboards.grafana.looks import LINES
from dashboards.preview.colours import painted
from dashboards.preview.window import Window

Json = Mapping[str, Any]

TRANSPORT = re.compile(rf"^(?:{'|'.join(LINES)})\b ")

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
    colours = _colours({name for name, _, _ in found})
    return [_styled(panel, name, number, series, colours[name]) for name, number, series in found]


def _colours(names: Set[str]) -> dict[str, str]:
    """By what a series is about: the same for each transport, whose kind of line differs.

    A colour depends on the words, unless it is taken.
    """
    taken: dict[str, int] = {}
    for about in sorted({TRANSPORT.sub("", name) for name in names}):
        first = crc32(about.encode())
        free = (each % len(PALETTE) for each in range(first, first + len(PALETTE)))
        taken[about] = next((each for each in free if each not in taken.values()), first % len(PALETTE))
    return {name: PALETTE[taken[TRANSPORT.sub("", name)]] for name in names}


def _styled(panel: Json, name: str, number: int, series: Series, colour: str) -> Line:
    told: dict[str, Any] = {}
    for override in panel["fieldConfig"]["overrides"]:
        pattern = override["matcher"]["options"].strip("/")
        if override["matcher"]["id"] == "byRegexp" and re.search(pattern, name):
            told |= {each["id"]: each["value"] for each in override["properties"]}
    colour = painted(told.get("color", {}).get("fixedColor", colour))
    dash = " ".join(map(str, told.get("custom.lineStyle", {}).get("dash", ())))
    width = told.get("custom.lineWidth", 2)
    return Line(name, number, series, colour, dash, width, hidden="custom.hideFrom" in told)
