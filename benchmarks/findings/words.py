"""Numbers as people read them, and the shape of a finding. Nothing is found here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Summary = Mapping[str, Any]
Finding = dict[str, Any]


def finding(kind: str, text: str, headline: bool = False) -> Finding:
    """One sentence or two; `headline`: it belongs to the first screen."""
    return {"kind": kind, "text": text, "headline": headline}


def duration(ms: float) -> str:
    """`0.42 ms`, `8.3 ms`, `21 ms`, `3.2 s`: three figures at most, for nobody knows more."""
    if abs(ms) >= 1000:
        return f"{ms / 1000:.3g} s"
    digits = 2 if abs(ms) < 0.995 else 1 if abs(ms) < 9.95 else 0
    return f"{ms:.{digits}f} ms"


def count(number: int, what: str) -> str:
    """`1 order`, `2,000 orders`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
