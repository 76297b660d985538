"""Colours by the names that Grafana has for them, as its dark page paints them."""

from __future__ import annotations

NAMED = {
    "green": "#73bf69",
    "red": "#f2495c",
    "yellow": "#fade2a",
    "orange": "#ff9830",
    "text": "#ccccdc",
    "transparent": "none",
}


def painted(name: str) -> str:
    """The colour as a page has it."""
    return NAMED.get(name, name)
