"""A dashboard: rows of panels, the variables on top, what is marked over all of them, the way to the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dashboards.grafana.looks import Json
from dashboards.grafana.panels import DATASOURCE, WIDTH, Panel
from dashboards.grafana.variables import variables

SCHEMA = 39  # Grafana 10.3's; later ones, 13 included, read it and bring it up to date themselves
TAG = "harmony"


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading, laid out from left to right."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Mark:
    """A query whose series mark the time for which they are 1, over every panel."""

    name: str
    query: str
    title: str
    needs: str
    colour: str

    def json(self) -> Json:
        """As Grafana wants it."""
        return {
            "name": self.name,
            "datasource": DATASOURCE,
            "enable": True,
            "hide": False,
            "iconColor": self.colour,
            "expr": self.query,
            "step": "1s",
            "titleFormat": self.title,
            "textFormat": "",
            "tagKeys": "",
            "useValueForTime": False,
        }


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `uid` is its address and file name: others point to it."""

    uid: str
    title: str
    description: str
    rows: Sequence[Row]
    marks: Sequence[Mark] = ()
    asks_service: bool = False

    def panels(self) -> Iterator[Panel]:
        """All of them, in the order in which they are told."""
        for row in self.rows:
            yield from row.panels

    def json(self) -> Json:
        """Classic JSON, as a file that is provisioned."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "browser",
            "refresh": "5s",
            "time": {"from": "now-5m", "to": "now"},
            "timepicker": {"refresh_intervals": ["1s", "5s", "10s", "30s", "1m"]},
            "fiscalYearStartMonth": 0,
            "liveNow": False,
            "links": [_others()],
            "annotations": {"list": [mark.json() for mark in self.marks]},
            "templating": {"list": variables(self.asks_service)},
            "panels": list(_placed(self.rows)),
        }


def _others() -> Json:
    return {
        "title": "Harmony",
        "type": "dashboards",
        "tags": [TAG],
        "asDropdown": False,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "The other boards, with the same time and choice",
        "url": "",
    }


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    number, y = 1, 0
    for row in rows:
        yield _heading(number, row.title, y)
        number, y = number + 1, y + 1
        for line in _lines(row.panels):
            tallest, x = max(panel.height for panel in line), 0
            for panel in line:
                yield _as_high(panel, tallest).json(number, x, y)
                number, x = number + 1, x + panel.width
            y += tallest


def _lines(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    """As many beside one another as there is room for."""
    line: list[Panel] = []
    for panel in panels:
        if sum(each.width for each in line) + panel.width > WIDTH:
            yield line
            line = []
        line.append(panel)
    yield line


def _as_high(panel: Panel, height: int) -> Panel:
    """Figures grow with their room; a hole under them says nothing."""
    return replace(panel, height=height) if panel.kind == "stat" else panel


def _heading(number: int, title: str, y: int) -> Json:
    place = {"x": 0, "y": y, "w": WIDTH, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
