"""A comparison as one page that loads nothing, and as text for a pull request. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from benchmarks.compare import cells, picture, words

TEMPLATES = Path(__file__).parents[1] / "templates"
HTML, MARKDOWN = "compare.html.j2", "compare.md.j2"


def html(comparison: Mapping[str, Any]) -> str:
    """The page."""
    return _rendered(HTML, comparison)


def markdown(comparison: Mapping[str, Any]) -> str:
    """The text."""
    return _rendered(MARKDOWN, comparison)


def _rendered(template: str, of: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    arms = {arm: [row for row in of["measures"] if row["arm"] == arm] for arm in of["arms"]}
    once = {arm: [row for row in of["counted"] if row["arm"] == arm] for arm in of["arms"]}
    return environment.get_template(template).render(
        of=of, arms=arms, once=once, pictures=_pictures(arms), cells=cells, words=words
    )


def _pictures(arms: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, str]:
    """Arm and measure -> the picture of the row."""
    return {
        f"{arm}-{row['measure']}": picture.drawn(row, picture.reach(rows), f"{arm}-{row['measure']}")
        for arm, rows in arms.items()
        for row in rows
    }


def _cell(text: object) -> str:
    """A text that does not end a cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")
