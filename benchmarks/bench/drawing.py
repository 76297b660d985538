"""One picture of all figures that have a goal: how many times better than it, on a log axis, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bench.ratio import figure
from benchmarks.charts.svg import Scale, line, picture, tag, text

WIDTH, ROW, TOP, LEFT, RIGHT = 1040, 24, 34, 390, 250
LABEL_MAX = 58  # letters: what fits beside the axis
LEAST, MOST = 0.25, 8.0  # what lies beyond is drawn at the edge, and its figure is written beside it
SHAPES = {"met": "circle", "about": "diamond", "missed": "square"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure with a goal: `better`, and the ends of its interval, are times the goal; above 1 is better than it."""

    row: str
    what: str
    told: str
    mark: str
    better: float
    ends: tuple[float, float] | None


def marks(rows: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """Of all measured figures that have a goal, in the order of the rows; nothing is a multiple of none."""
    return [_mark(row, each) for row in rows for each in row["figures"] if each["goal"]]


def drawn(found: Sequence[Mark]) -> str:
    """The picture, with its words for those who cannot see it; nothing when there is nothing to draw."""
    if not found:
        return ""
    height = TOP + ROW * len(found) + 30
    scale = Scale(LEAST, MOST, LEFT, WIDTH - RIGHT, log=True)
    words = "; ".join(f"{each.row}, {each.what}: {each.told}, {each.mark}" for each in found)
    title = "Every figure that has a goal, as times better than its goal"
    return picture("goals", title, words, (WIDTH, height), *_axis(scale, height), *_rows(found, scale))


def _axis(scale: Scale, height: int) -> Iterator[str]:
    yield text(scale(1.0) - 8, 14, "\N{LEFTWARDS ARROW} worse than the goal", "label", "end")
    yield text(scale(1.0) + 8, 14, "better than the goal \N{RIGHTWARDS ARROW}", "label", "start")
    for tick in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        yield line(scale(tick), TOP - 10, scale(tick), height - 22, "axis" if tick == 1.0 else "grid")
        yield text(scale(tick), height - 6, f"{tick:g}x", "label", "middle")


def _rows(found: Sequence[Mark], scale: Scale) -> Iterator[str]:
    for number, each in enumerate(found):
        y = TOP + ROW * number + ROW / 2
        yield text(0, y + 4, f"{each.row}  {each.what}", "label")
        if each.ends:
            yield line(scale(each.ends[0]), y, scale(each.ends[1]), y, f"interval {each.mark}")
        yield _shape(each.mark, scale(each.better), y)
        yield text(WIDTH - RIGHT + 14, y + 4, each.told)


def _shape(mark: str, x: float, y: float) -> str:
    if SHAPES[mark] == "circle":
        return tag("circle", cx=x, cy=y, r=4.5, class_=f"goal {mark}")
    reach = 6.0 if SHAPES[mark] == "diamond" else 4.5
    corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
    if SHAPES[mark] == "square":
        corners = [(x - reach, y - reach), (x + reach, y - reach), (x + reach, y + reach), (x - reach, y + reach)]
    return tag("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners), class_=f"goal {mark}")


def _mark(row: Mapping[str, Any], each: Mapping[str, Any]) -> Mark:
    value, goal, upwards = each["measured"], each["goal"], each["bound"] == "≥"
    ends = sorted(_better(end, goal, upwards) for end in each["interval"] or ())
    mark = "about" if each["about"] else "met" if each["met"] else "missed"
    told = f"{shown(each)}, goal {each['bound']} {goal:g} {each['unit']}".replace(" x", "x")
    return Mark(
        row["id"], _label(row, each), told, mark, _better(value, goal, upwards), (ends[0], ends[1]) if ends else None
    )


def shown(each: Mapping[str, Any]) -> str:
    """`10.5 [8.5-13.3] x`: a figure of bench.json in words."""
    if not each["interval"]:
        return f"{figure(each['measured'])} {each['unit']}".replace(" x", "x").rstrip()
    low, high = each["interval"]
    interval = f"[{figure(low)}{' to ' if low < 0 else '-'}{figure(high)}]"
    return f"{figure(each['measured'])} {interval} {each['unit']}".replace(" x", "x").rstrip()


def _better(value: float, goal: float, upwards: bool) -> float:
    return value / goal if upwards else goal / max(value, 1e-9)


def _label(row: Mapping[str, Any], each: Mapping[str, Any]) -> str:
    """What it is; of speeds also whose, unless that is said."""
    speed = each["what"].startswith("orders per CPU-second") and row["peer"] and row["peer"] not in each["what"]
    what = f"{each['what']}, against {row['peer']}" if speed else each["what"]
    return what if len(what) <= LABEL_MAX else f"{what[: LABEL_MAX - 1]}…"
