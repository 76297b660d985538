"""The page: boards under one another, panels where Grafana would put them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from dashboards.asking import Prometheus
from dashboards.preview import charts, figures
from dashboards.preview.asked import Json, ask, marks
from dashboards.preview.window import Window

STYLE = """
body { background:#111217; color:#ccccdc; font:14px system-ui,sans-serif; margin:16px; width:1336px }
h1 { font-size:22px; margin:28px 0 2px } h2 { font-size:15px; margin:0; align-self:end } p { margin:2px 0 }
.board { display:grid; grid-template-columns:repeat(24,1fr); grid-auto-rows:34px; gap:0 8px }
.panel { background:#181b1f; border:1px solid #2c2f36; padding:6px 8px; margin-bottom:8px; overflow:hidden }
.panel h3 { font-size:14px; margin:0 0 4px } svg { width:100%; display:block }
svg text { fill:#a5a7b5; font-size:11px } svg path { fill:none } svg .grid { stroke:#2c2f36 }
svg .fault { fill:#f2495c; fill-opacity:.16 } svg marker path { fill:#8e90a0 } .edge { stroke:#6e7080 }
.node { fill:#23262d; stroke:#8e90a0 } .key path { stroke-width:2 }
.legend { display:flex; flex-wrap:wrap; gap:0 12px; font-size:11px; max-height:46px; line-height:15px; overflow:hidden }
.legend .key { width:26px; height:8px; display:inline-block; margin-right:4px }
.numbers div { display:flex; justify-content:space-between; gap:8px; white-space:nowrap; line-height:22px }
.numbers i { font-style:normal; font-size:12px; color:#a5a7b5; overflow:hidden; text-overflow:ellipsis }
table { border-collapse:collapse; width:100%; font-size:12px } th { text-align:left; color:#a5a7b5 }
td,th { border-bottom:1px solid #2c2f36; padding:1px 8px } .right { text-align:right }
"""


def page(prometheus: Prometheus, boards: Sequence[Json], window: Window) -> str:
    """The whole page, self-contained. Raises Refused when a query is not understood."""
    body = "".join(_board(prometheus, board, window) for board in boards)
    title = "Harmony's dashboards, drawn without Grafana"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"{head}<body>{body}</body></html>\n"


def _board(prometheus: Prometheus, board: Json, window: Window) -> str:
    faults = marks(prometheus, board, window)
    panels = "".join(_panels(prometheus, board, window, faults))
    told = escape(board["description"])
    return f'<h1 id="{board["uid"]}">{escape(board["title"])}</h1><p>{told}</p><div class="board">{panels}</div>'


def _panels(prometheus: Prometheus, board: Json, window: Window, faults: charts.Spans) -> Iterator[str]:
    for panel in board["panels"]:
        at = panel["gridPos"]
        place = f"grid-column:{at['x'] + 1} / span {at['w']}; grid-row:{at['y'] + 1} / span {at['h']}"
        title = escape(panel["title"])
        if panel["type"] == "row":
            yield f'<h2 style="{place}">{title}</h2>'
        else:
            drawn = _drawn(prometheus, panel, window, faults)
            told = escape(panel["description"], quote=True)
            yield f'<div class="panel" style="{place}" title="{told}"><h3>{title}</h3>{drawn}</div>'


def _drawn(prometheus: Prometheus, panel: Json, window: Window, faults: charts.Spans) -> str:
    told = ask(prometheus, panel, window)
    match panel["type"]:
        case "timeseries":
            return charts.lines(panel, told, window, faults)
        case "state-timeline":
            return charts.bands(panel, told, window)
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
