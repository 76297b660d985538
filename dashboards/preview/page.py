"""The page: boards under one another, panels where Grafana would put them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from html import escape
from itertools import groupby

from dashboards.asking import Prometheus
from dashboards.preview import charts, faults, figures
from dashboards.preview.asked import Json, Line, ask
from dashboards.preview.bands import bands
from dashboards.preview.window import Window

METRIC = re.compile(r"(?<![:\w])harmony_\w+")
STYLE = """
body { background:#111217; color:#ccccdc; font:14px system-ui,sans-serif; margin:16px; width:1336px }
h1 { font-size:22px; margin:28px 0 2px } h2 { font-size:15px; margin:8px 0 4px } p { margin:2px 0 }
.line { display:grid; grid-template-columns:repeat(24,1fr); gap:0 8px }
.faults { font-size:12px } .faults span { margin-left:12px; display:inline-block }
.none { color:#8e90a0; font-size:12px }
.panel { background:#181b1f; border:1px solid #2c2f36; padding:6px 8px; margin-bottom:8px; overflow:hidden }
.panel h3 { font-size:14px; margin:0 0 4px } svg { width:100%; display:block }
svg text { fill:#a5a7b5; font-size:11px } svg path { fill:none } svg .grid { stroke:#2c2f36 }
svg .fault { fill:#f2495c; fill-opacity:.16 } svg marker path { fill:#8e90a0 } .edge { stroke:#6e7080 }
.node { fill:#23262d; stroke:#8e90a0 } .key path { stroke-width:2 }
.legend { display:flex; flex-wrap:wrap; gap:0 12px; font-size:11px; line-height:15px }
.legend .key { width:26px; height:8px; display:inline-block; margin-right:4px }
.numbers { display:flex; flex-wrap:wrap; gap:4px 12px } .numbers div { flex:1 1 170px; white-space:nowrap }
.numbers i { font-style:normal; font-size:12px; color:#a5a7b5; display:block }
.numbers b { font-size:22px; font-weight:500 }
table { border-collapse:collapse; width:100%; font-size:12px } th { text-align:left; color:#a5a7b5 }
td,th { border-bottom:1px solid #2c2f36; padding:1px 8px } .right { text-align:right }
"""


def page(prometheus: Prometheus, boards: Sequence[Json], window: Window) -> str:
    """The whole page, self-contained. Raises Refused when a query is not understood."""
    kept = frozenset(prometheus.label_values("__name__", '{__name__=~"harmony_.+"}'))
    body = "".join(_board(prometheus, board, window, kept) for board in boards)
    title = "Harmony's dashboards, drawn without Grafana"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"{head}<body>{body}</body></html>\n"


def _board(prometheus: Prometheus, board: Json, window: Window, kept: AbstractSet[str]) -> str:
    found = faults.marks(prometheus, board, window)
    lines = "".join(
        f'<div class="line">{"".join(_panel(prometheus, panel, window, found, kept) for panel in beside)}</div>'
        for _, beside in groupby(board["panels"], lambda panel: panel["gridPos"]["y"])
    )
    told = f"<p>{escape(board['description'])}</p>{faults.key(found)}"
    return f'<h1 id="{board["uid"]}">{escape(board["title"])}</h1>{told}{lines}'


def _panel(
    prometheus: Prometheus, panel: Json, window: Window, found: Sequence[faults.Fault], kept: AbstractSet[str]
) -> str:
    """As wide as Grafana has it, and as high as what is in it."""
    place = f"grid-column:{panel['gridPos']['x'] + 1} / span {panel['gridPos']['w']}"
    title = escape(panel["title"])
    if panel["type"] == "row":
        return f'<h2 style="{place}">{title}</h2>'
    told = ask(prometheus, panel, window)
    found = faults.about(panel["title"], found)
    inner = _drawn(panel, told, window, found) if _is_told(panel, told) else _nothing(panel, kept)
    why = escape(panel["description"], quote=True)
    return f'<div class="panel" style="{place}" title="{why}"><h3>{title}</h3>{inner}</div>'


def _is_told(panel: Json, told: Sequence[Line]) -> bool:
    if panel["type"] == "state-timeline":
        return any(value for line in told for _, value in line.series.points)
    return any(not line.hidden for line in told)


def _nothing(panel: Json, kept: AbstractSet[str]) -> str:
    """Whether there was none, or nobody has written it down: a replay tells only what its records tell."""
    asked = {name for target in panel["targets"] for name in METRIC.findall(target["expr"])}
    return f'<p class="none">{"none" if asked <= kept else "nothing recorded"}</p>'


def _drawn(panel: Json, told: Sequence[Line], window: Window, found: Sequence[faults.Fault]) -> str:
    match panel["type"]:
        case "timeseries":
            return charts.lines(panel, told, window, found)
        case "state-timeline":
            return bands(panel, told, window)
        case "heatmap":
            return charts.heat(panel, told, window)
        case "stat":
            return figures.numbers(panel, told)
        case "table":
            return figures.table(panel, told)
        case "nodeGraph":
            return figures.graph(panel, told)
        case kind:
            raise ValueError(f"no picture for panels of the type {kind}")
