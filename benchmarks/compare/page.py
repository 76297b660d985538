"""A comparison as one page that loads nothing, and as text for a pull request. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.compare import cells, picture, words
from benchmarks.pages import rendered

HTML, MARKDOWN = "compare.html.j2", "compare.md.j2"


def html(comparison: Mapping[str, Any]) -> str:
    """The page."""
    return _rendered(HTML, comparison)


def markdown(comparison: Mapping[str, Any]) -> str:
    """The text."""
    return _rendered(MARKDOWN, comparison)


def _rendered(template: str, of: Mapping[str, Any]) -> str:
    arms = {arm: [row for row in of["measures"] if row["arm"] == arm] for arm in of["arms"]}
    once = {arm: [row for row in of["counted"] if row["arm"] == arm] for arm in of["arms"]}
    told = {"of": of, "arms": arms, "once": once, "pictures": _pictures(arms), "cells": cells, "words": words}
    return rendered(template, told, {"cell": _cell})


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
