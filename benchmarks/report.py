"""Tells a run: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and `report.md`.

Computes nothing: what it prints was judged before. Words and layout are in `templates/`, pictures in `charts`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.charts import album, stories
from benchmarks.charts.looks import looks
from benchmarks.findings import cells, names, tables
from benchmarks.findings.names import CHECKS
from benchmarks.pages import TEMPLATES, Filters, machine_in_words, rendered
from benchmarks.rows import read_rows
from benchmarks.traces.examples import examples
from benchmarks.traces.journey import Journey

__all__ = ["CHECKS", "TEMPLATES", "NotJudged", "tell", "trace_page"]

HTML_FILE, MARKDOWN_FILE = "report.html", "report.md"
STORY_KEY = (
    "Waterfall: a row is one step, indented beneath the step that led to it; its bars are when it was waited for, in "
    "hand and committed. Sequence: a solid arrow tells or asks, a dashed one answers; a label on a service's lifeline "
    "is what it did, outlined in red if it refused or failed; a white frame on a lifeline waits for an "
    "answer. Violet is the way back. Times count from the first span; long times in which nothing was done are folded. "
    "An answer is drawn when its caller had it: the span of whoever answered may be ended a moment later. "
    "Pictures on this page have one scale of time, unless one says that it has not."
)
FLOW_KEY = "(In the picture of how an order travels, further up, the way back is dark red and dashed.)"

FILTERS: Filters = {
    "ms": cells.ms,
    "far": cells.far,
    "span": cells.span,
    "figure": cells.figure,
    "plain": cells.plain,
    "about": cells.about,
    "shows": cells.shows,
    "measure": names.measure,
    "held": cells.held_together,
    "brackets": cells.brackets,
}
"""What the templates of this page may do with a value."""


class NotJudged(Exception):
    """The folder has no summary yet: judge it first."""


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one. Raises NotJudged when there is no summary."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotJudged(f"{folder} has no summary to tell: {error}") from error
    told = _told(folder, summary, manifest)
    for file in (HTML_FILE, MARKDOWN_FILE):
        (folder / file).write_text(rendered(f"{file}.j2", told, FILTERS), encoding="utf-8")
    return folder / HTML_FILE


def trace_page(journeys: Sequence[Journey]) -> str:
    """A page of its own about these orders, self-contained."""
    told = {
        "rows": stories.drawn(journeys, "story", paired=False),
        "arms": list(dict.fromkeys(journey.arm for journey in journeys)),
        "ids": list(dict.fromkeys(journey.order_id for journey in journeys)),
        "key": STORY_KEY,
    }
    return rendered("trace.html.j2", told, FILTERS)


def _told(folder: Path, summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    look = looks({arm: figures["pattern"] for arm, figures in summary["arms"].items()})
    order = _json(folder / "order.json")
    pictures = album.drawn(summary, look, order)
    return {
        "summary": summary,
        "manifest": manifest,
        "folder": folder.resolve().name,
        "looks": look,
        "checks": tables.by_check(summary["checks"], list(look)),
        "ledger": tables.ledger(manifest.get("ledger") or {}, list(look)),
        "declared": tables.declared(manifest.get("ledger") or {}),
        "square": tables.square(summary["arms"]),
        "places": tables.places(summary["arms"]),
        "tried": tables.tried(list(read_rows(folder / "conformance.ndjson"))),
        "factors": names.FACTORS,
        "agreed": tables.agreed([*summary["effects"], *summary["comparisons"]]),
        "shortly": tables.SHORTLY,
        "kinds": tables.kinds(summary["arms"]),
        "beside": tables.beside(summary),
        "effects_beside": tables.effects_beside(summary),
        "machine": machine_in_words(manifest.get("machine") or {}),
        "records": _records(folder),
        "flow_svg": _inline(_text(folder / "flow.svg")),
        "flow_text": _text(folder / "flow.txt"),
        "pictures": pictures,
        "journeys": [arm for arm in look if f"journey-{arm}" in pictures],
        "stories": [(each, stories.drawn(each.journeys, each.kind)) for each in examples(folder, list(look), order)],
        "story_key": f"{STORY_KEY} {FLOW_KEY}",
    }


def _records(folder: Path) -> list[tuple[str, str, float]]:
    """(file, what is in it, KiB) of all that is beside the page."""
    known = ((folder / name, means) for name, means in names.RECORDS.items())
    return [(file.name, means, file.stat().st_size / 1024) for file, means in known if file.is_file()]


def _json(path: Path) -> Any:
    written = _text(path)
    return json.loads(written) if written else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _inline(svg: str) -> str:
    """A picture of its own as a part of the page: without prolog and namespace, which are for files."""
    return re.sub(r"""\sxmlns=(["']).*?\1""", "", svg[svg.find("<svg") :]) if "<svg" in svg else ""
