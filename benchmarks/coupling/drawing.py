"""An arm's components as a graph: services on a ring in the order of the flow, whoever moves orders on in the middle.

A solid line is a request that is held open until its answer, a dashed one an event, a dotted one a command, answer or
job over a stream or a queue. The figure on a line is messages an order; the line is as thick.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import picture, tag, text

SIZE = (460, 400)
CENTRE, RADIUS = (230.0, 205.0), 158.0
BOX = (92.0, 30.0)
BEND = 0.13  # of a line's length: there and back lie apart
BELOW = 165.0  # the middle: below the ring, through its gap
FIGURE_AT = 0.4  # of a line's way: there and back do not meet
THICK_MIN, THICK_MAX = 1.2, 5.0
RING = ("order", "inventory", "payment", "shipping", "notification")

Point = tuple[float, float]


def graph(name: str, view: Mapping[str, Any], look: Look) -> str:
    """The picture; its description names every edge. `name` is unique on the page."""
    components, edges = view["static"]["components"], view["runtime"]["edges"]
    at = places(components, edges)
    most = max((each["messages_per_order"] for each in edges), default=1.0)
    known = [each for each in edges if each["source"] in at and each["target"] in at]
    lines = [part for each in known for part in _edge(each, at, most)]
    words = [_figure(each, at) for each in known]
    boxes = [_box(each, at[each], each not in RING, look) for each in components]
    return picture(name, f"{look.arm}: who talks to whom", described(edges), SIZE, *lines, *boxes, *words)


def places(components: Sequence[str], edges: Sequence[Mapping[str, Any]] = ()) -> dict[str, Point]:
    """Where each is drawn: services on the ring from the top, clockwise; of the others the one with most edges in the
    middle, the rest below it."""
    ring = [each for each in RING if each in components]
    inside = [each for each in components if each not in ring]
    found = {each: _around(number, len(ring)) for number, each in enumerate(ring)}
    busiest = sorted(inside, key=lambda each: -sum(each in (one["source"], one["target"]) for one in edges))
    for number, each in enumerate(busiest):
        found[each] = (CENTRE[0], CENTRE[1] + number * BELOW)
    return found


def kind_of(edge: Mapping[str, Any]) -> str:
    """`blocking`, `announced` or `sent`: how its line looks."""
    if edge["blocking"]:
        return "blocking"
    return "announced" if edge["kind"] == "event" else "sent"


def described(edges: Sequence[Mapping[str, Any]]) -> str:
    """Every edge in words."""
    told = [
        f"{each['source']} to {each['target']}: {each['messages_per_order']:.2f} {_words(each)} an order"
        for each in edges
    ]
    return "; ".join(told) + "." if told else "Nobody counted a message."


def _words(edge: Mapping[str, Any]) -> str:
    names = {"command": "commands", "reply": "answers", "event": "events", "job": "jobs"}
    how = "held open" if edge["blocking"] else "posted over HTTP" if edge["posted"] else "not waited for"
    return f"{names.get(edge['kind'], edge['kind'])} ({how})"


def _around(number: int, whole: int) -> Point:
    turn = 2 * math.pi * number / whole - math.pi / 2
    return CENTRE[0] + RADIUS * 1.05 * math.cos(turn), CENTRE[1] + RADIUS * math.sin(turn)


def _box(component: str, at: Point, inside: bool, look: Look) -> str:
    width, height = BOX
    classes = f"node {look.classes}{' middle' if inside else ''}"
    box = tag("rect", x=at[0] - width / 2, y=at[1] - height / 2, width=width, height=height, rx=7, class_=classes)
    return box + text(at[0], at[1] + 4.5, component, "strong", "middle")


def _edge(edge: Mapping[str, Any], at: Mapping[str, Point], most: float) -> list[str]:
    start, bend, end = _curve(at[edge["source"]], at[edge["target"]])
    thick = THICK_MIN + (THICK_MAX - THICK_MIN) * edge["messages_per_order"] / most
    way = f"M{_xy(start)}Q{_xy(bend)} {_xy(end)}"
    kind = kind_of(edge)
    line = tag("path", d=way, class_=f"edge {kind}", stroke_width=round(thick, 2))
    return [line, tag("polygon", points=_head(bend, end, thick), class_=f"head {kind}")]


def _figure(edge: Mapping[str, Any], at: Mapping[str, Point]) -> str:
    start, bend, end = _curve(at[edge["source"]], at[edge["target"]])
    x, y = (_along(each) for each in zip(start, bend, end, strict=True))
    return text(x, y + 4, _short(edge["messages_per_order"]), "event", "middle")


def _along(points: tuple[float, float, float]) -> float:
    """A coordinate of the place on a quadratic curve where its figure stands."""
    first, bend, last = points
    return first * (1 - FIGURE_AT) ** 2 + bend * 2 * FIGURE_AT * (1 - FIGURE_AT) + last * FIGURE_AT**2


def _curve(source: Point, target: Point) -> tuple[Point, Point, Point]:
    """From box to box, bent to its left: what comes back is bent to the other side."""
    dx, dy = target[0] - source[0], target[1] - source[1]
    bend = ((source[0] + target[0]) / 2 + BEND * dy, (source[1] + target[1]) / 2 - BEND * dx)
    return _leaving(source, bend, 2), bend, _leaving(target, bend, 8)


def _leaving(box: Point, towards: Point, gap: float) -> Point:
    """Where the way from the middle of a box towards a point leaves the box, and a gap further."""
    dx, dy = towards[0] - box[0], towards[1] - box[1]
    far = math.hypot(dx, dy) or 1.0
    reach = min(BOX[0] / 2 * far / (abs(dx) or 1e-9), BOX[1] / 2 * far / (abs(dy) or 1e-9)) + gap
    return box[0] + dx / far * reach, box[1] + dy / far * reach


def _head(bend: Point, end: Point, thick: float) -> str:
    dx, dy = end[0] - bend[0], end[1] - bend[1]
    far = math.hypot(dx, dy) or 1.0
    dx, dy, size = dx / far, dy / far, 3.2 + thick * 0.8
    tip = (end[0] + dx * 6, end[1] + dy * 6)
    corners = [tip, (end[0] - dy * size, end[1] + dx * size), (end[0] + dy * size, end[1] - dx * size)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _short(value: float) -> str:
    return f"{value:.1f}" if value >= 0.95 else f"{value:.2f}"
