"""SVG as text: tags, a picture with its text alternative, scales and their ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

MINUS = "\N{MINUS SIGN}"
TICKS_MAX = 7


def tag(name: str, inside: str = "", **attributes: object) -> str:
    """One element. `class_` is class, an underscore inside a name a hyphen; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def text(x: float, y: float, words: str, class_: str = "", anchor: str | None = None, **more: object) -> str:
    """Words at a place; `anchor` is start, middle or end."""
    return tag("text", escape(words), x=x, y=y, class_=class_ or None, text_anchor=anchor, **more)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str) -> str:
    """A line through points."""
    return tag("path", d="M" + "L".join(f"{_text(x)} {_text(y)}" for x, y in points), class_=class_)


def picture(name: str, title: str, description: str, size: tuple[int, int], *parts: str) -> str:
    """An SVG that scales with its column, with its words for those who cannot see it. `name` is unique on the page."""
    width, height = size
    words = tag("title", escape(title), id=f"{name}-title") + tag("desc", escape(description), id=f"{name}-desc")
    return tag(
        "svg",
        words + "".join(parts),
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="picture",
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """From what is measured (low to high) to where it is drawn (start to end)."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        share = (self._bent(value) - self._bent(self.low)) / ((self._bent(self.high) - self._bent(self.low)) or 1)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def _bent(self, value: float) -> float:
        return math.log(max(value, 1e-9)) if self.log else value

    def ticks(self) -> list[float]:
        """Round values within the scale, few enough to be read."""
        return _log_ticks(self.low, self.high) if self.log else _round_ticks(self.low, self.high)


def duration(ms: float) -> str:
    """A tick in milliseconds or seconds."""
    return f"{ms / 1000:g} s" if abs(ms) >= 1000 else f"{ms:g} ms"


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _log_ticks(low: float, high: float) -> list[float]:
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = _decades(low, high, steps)
        if len(ticks) <= TICKS_MAX:
            return ticks
    return ticks


def _decades(low: float, high: float, steps: Sequence[int]) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = (step * 10.0**decade for decade in range(first, last + 1) for step in steps)
    return [tick for tick in every if low <= tick <= high]


def _round_ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / (TICKS_MAX - 2) or 1
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * nice for nice in (1, 2, 5, 10) if size * nice >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 9) for number in range(first, math.floor(high / step + 1e-9) + 1)]
