"""Panels as data: what is asked, how it is drawn. `needs` says what a lab must have had for an answer to be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dashboards.grafana import looks
from dashboards.grafana.looks import Json
from dashboards.grafana.queries import PATTERNS, only

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24  # of Grafana's grid


@dataclass(frozen=True, slots=True)
class Target:
    """A query. `needs` is for the test that asks them all, and not in the JSON; `exemplar` shows traces as points."""

    query: str
    legend: str = ""
    needs: str = "always"
    exemplar: bool = False
    instant: bool = False
    form: str = "time_series"  # or `table`, `heatmap`

    def json(self, name: str) -> Json:
        """As Grafana wants it."""
        return {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "exemplar": self.exemplar,
            "expr": self.query,
            "format": self.form,
            "instant": self.instant,
            "legendFormat": self.legend or "__auto",
            "range": not self.instant,
            "refId": name,
        }


@dataclass(frozen=True, slots=True)
class Panel:
    """One question with its answer drawn. Description and unit are never left out."""

    kind: str
    title: str
    description: str
    unit: str
    targets: Sequence[Target]
    width: int = 12
    height: int = 8
    defaults: Json = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    options: Json = field(default_factory=dict)
    transformations: Sequence[Json] = ()

    def json(self, number: int, x: int, y: int) -> Json:
        """As Grafana wants it, at its place."""
        defaults = {"unit": self.unit, "noValue": "none", **self.defaults}
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [target.json(chr(ord("A") + index)) for index, target in enumerate(self.targets)],
            "fieldConfig": {"defaults": defaults, "overrides": list(self.overrides)},
            "options": self.options,
            "transformations": list(self.transformations),
        }


_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
_LINE = {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "showPoints": "never", "axisSoftMin": 0}


def lines(
    title: str, description: str, unit: str, *targets: Target, width: int = 12, height: int = 8, by_arm: bool = True
) -> Panel:
    """Lines over time, from zero. `by_arm`: the legend begins with the arm's name, which decides the colour."""
    colour = {} if by_arm else {"color": {"mode": "palette-classic-by-name"}}
    return Panel(
        "timeseries",
        title,
        description,
        unit,
        targets,
        width,
        height,
        {"min": 0, "custom": {**_LINE, "spanNulls": 5000}, **colour},
        looks.lines() if by_arm else [*looks.by_transport(), looks.unseen()],
        {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
    )


def columns(panel: Panel) -> list[Panel]:
    """The panel twice, a pattern in each column, both with the axis that the larger of the two needs."""
    return [_column(panel, pattern) for pattern in PATTERNS]


def _column(panel: Panel, pattern: str) -> Panel:
    mine = [replace(target, query=only(pattern, target.query)) for target in panel.targets]
    axis = [Target(f"max({target.query})", looks.AXIS, target.needs) for target in panel.targets]
    return replace(panel, title=f"{panel.title}: {pattern}", targets=[*mine, *axis], width=WIDTH // 2)


def numbers(title: str, description: str, unit: str, *targets: Target, width: int = 4, decimals: int = 1) -> Panel:
    """A figure for each arm, over all that one looks at."""
    asked = [replace(target, instant=True) for target in targets]
    return Panel(
        "stat",
        title,
        description,
        unit,
        asked,
        width,
        5,
        {"decimals": decimals, "color": looks.fixed(looks.NEUTRAL)},
        looks.arms(),
        {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "textMode": "value_and_name",
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "horizontal",
        },
    )


def judged(panel: Panel, thresholds: Json) -> Panel:
    """Figures whose colour says whether they are good, not whose they are."""
    return replace(
        panel,
        defaults={**panel.defaults, "color": {"mode": "thresholds"}, "thresholds": thresholds},
        overrides=(),
    )


def states(
    title: str, description: str, *targets: Target, mappings: list[Json], width: int = WIDTH, height: int = 8
) -> Panel:
    """What was so, and when: a band for each series."""
    return Panel(
        "state-timeline",
        title,
        description,
        "short",
        targets,
        width,
        height,
        {"mappings": mappings, "color": looks.fixed(looks.NEUTRAL), "custom": {"fillOpacity": 80, "lineWidth": 0}},
        (),
        {"mergeValues": True, "showValue": "auto", "rowHeight": 0.8, "legend": {**_LEGEND, "showLegend": False}},
    )


def heatmap(title: str, description: str, unit: str, target: Target, width: int = 12, height: int = 8) -> Panel:
    """How many fell where, over time. The target asks by `le`."""
    return Panel(
        "heatmap",
        title,
        description,
        unit,
        [replace(target, form="heatmap", legend="{{le}}")],
        width,
        height,
        {},
        (),
        {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Oranges", "steps": 32, "exponent": 0.5, "fill": "dark-orange"},
            "yAxis": {"unit": unit, "axisPlacement": "left"},
            "cellGap": 1,
            "filterValues": {"le": 1e-9},
            "tooltip": {"mode": "single"},
            "legend": {"show": True},
            "rowsFrame": {"layout": "auto"},
        },
    )
