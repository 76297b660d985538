"""The legend of a waterfall: what its signs mean, as far as they occur."""

from __future__ import annotations

from collections.abc import Iterable, Set

from benchmarks.charts.svg import line, tag, text

Sign = tuple[str, str]  # what is drawn, and what it means

LEGEND = (
    ("asks", "waits"),
    ("works", "has it in hand"),
    ("commits", "commits"),
    ("tells", "is sent or heard"),
    ("leads", "job in hand"),
    ("aside", "set aside"),
    ("transit", "on its way"),
    ("failed", "in vain"),
    ("fold", "quiet, folded"),
)
LETTER = 6.5  # how wide a letter is at most
BEAD, HIGH = 7.0, {"asks": 14, "leads": 14, "commits": 8, "tells": 6, "fold": 14}


def lines(occur: Set[str], room: float) -> list[list[Sign]]:
    """The signs of what occurs, in lines that fit into the room."""
    there = occur | {"tells"} if occur & {"sends", "hears"} else occur
    fitted: list[list[Sign]] = [[]]
    for each in (each for each in LEGEND if each[0] in there):
        if sum(_width(words) for _, words in [*fitted[-1], each]) > room:
            fitted.append([])
        fitted[-1].append(each)
    return fitted


def _width(words: str) -> float:
    return 38 + len(words) * LETTER


def drawn(some: Iterable[Sign], x: float, y: float) -> str:
    """One line of them."""
    parts = []
    for kind, words in some:
        parts += [_sign(kind, x, y), text(x + 22, y + 4, words, "small")]
        x += _width(words)
    return "".join(parts)


def _sign(kind: str, x: float, y: float) -> str:
    if kind == "transit":
        return line(x, y, x + 18, y, "transit")
    high, wide = HIGH.get(kind, 12), BEAD if kind == "tells" else 16
    classes = "fold" if kind == "fold" else f"span {'asks failed' if kind == 'failed' else kind}"
    return tag("rect", x=x + (16 - wide) / 2, y=y - high / 2, width=wide, height=high, rx=2, class_=classes)
