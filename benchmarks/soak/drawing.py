"""Small multiples: a picture for each series that moves, the arms in it, the warm-up shaded, each arm's trend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, path, picture, tag, text
from benchmarks.soak.series import HOUR_S, Key

SIZE = (250, 122)
LEFT, RIGHT, TOP, BOTTOM = 40, 244, 24, 102
POINTS_MAX = 80  # of a line: more cannot be told apart at this width
SPAN_MIN = 0.10  # of the level: a smaller range would make noise look like mountains
NAME_MAX = 32

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure of one thing: arm -> its points, arm -> its row of the summary."""

    measure: str
    of: str
    points: Mapping[str, Points]
    judged: Mapping[str, Mapping[str, Any]]

    @property
    def still(self) -> bool:
        """Whether nothing in it ever changed: nothing to draw."""
        return all(len({value for _, value in points}) < 2 for points in self.points.values())


def panels(series: Mapping[Key, Points], judged: Sequence[Mapping[str, Any]]) -> Iterator[Panel]:
    """One for each (measure, thing), whichever arms have it."""
    rows = {(row["arm"], row["measure"], row["of"]): row for row in judged}
    for measure, of in dict.fromkeys((measure, of) for _, measure, of in series):
        its = {key[0]: points for key, points in series.items() if key[1:] == (measure, of)}
        yield Panel(measure, of, its, {arm: rows[arm, measure, of] for arm in its})


def drawn(panel: Panel, looks: Mapping[str, Look], warm_s: float, seconds: float, name: str) -> str:
    """The picture, with its figures in words for those who cannot see it. `name` is unique on the page."""
    x = Scale(min([0.0, *_of(panel, 0)]), max([seconds, *_of(panel, 0)]), LEFT, RIGHT)
    y = Scale(*_range(list(_of(panel, 1))), BOTTOM, TOP)
    shade = tag("rect", x=LEFT, y=TOP, width=max(x(warm_s) - LEFT, 0.0), height=BOTTOM - TOP, class_="warm")
    parts = [shade, line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"), line(LEFT, TOP, RIGHT, TOP, "grid")]
    parts += [text(LEFT - 4, y(level) + 4, _short(level), "label", "end") for level in (y.low, y.high)]
    for arm, points in panel.points.items():
        parts.append(path([(x(at_s), y(value)) for at_s, value in thinned(points)], f"series {looks[arm].classes}"))
        parts += _trend(panel.judged[arm], points, x, y, warm_s)
    grows = any(row["verdict"] == "grows" for row in panel.judged.values())
    parts.append(text(2, 13, _name(panel.of) + (" grows" if grows else ""), "strong grows" if grows else "strong"))
    parts += [text(LEFT, 117, "0", "label"), text(RIGHT, 117, f"{seconds:g} s", "label", "end")]
    return picture(name, f"{panel.measure} of {panel.of}", _told(panel), SIZE, *parts)


def thinned(points: Points) -> Points:
    """At most POINTS_MAX of them, evenly, the last among them."""
    step = -(-len(points) // POINTS_MAX) or 1
    return [*points[::step], points[-1]] if points and (len(points) - 1) % step else points[::step]


def _name(of: str) -> str:
    """A key without what all keys have, cut to the panel's width."""
    bare = of.replace(":events:", " ").replace("{", "").replace("}", "")
    return bare if len(bare) <= NAME_MAX else f"{bare[: NAME_MAX - 1]}\N{HORIZONTAL ELLIPSIS}"


def _trend(row: Mapping[str, Any], points: Points, x: Scale, y: Scale, warm_s: float) -> list[str]:
    """The slope through the middle of what was judged, drawn where it was called one."""
    if row["verdict"] not in ("grows", "settles", "falls"):
        return []
    looked = [at_s for at_s, _ in points if at_s >= warm_s]
    middle_s, slope = (looked[0] + looked[-1]) / 2, row["slope_per_h"] / HOUR_S
    ends = [(at_s, row["middle"] + slope * (at_s - middle_s)) for at_s in (looked[0], looked[-1])]
    return [path([(x(at_s), y(value)) for at_s, value in ends], "trend")]


def _of(panel: Panel, index: int) -> Iterator[float]:
    return (point[index] for points in panel.points.values() for point in points)


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    missing = max(SPAN_MIN * max(abs(low), abs(high)), 1.0) - (high - low)
    room = max(missing, 0.0) / 2
    return max(low - room, 0.0 if low >= 0 else low - room), high + room


def _short(value: float) -> str:
    if abs(value) >= 10_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0")


def _told(panel: Panel) -> str:
    return "; ".join(_of_arm(arm, row) for arm, row in panel.judged.items()) + "."


def _of_arm(arm: str, row: Mapping[str, Any]) -> str:
    if row["slope_per_h"] is None:
        return f"{arm}: {row['verdict']}"
    low, high = row["interval_per_h"]
    slope = f"{row['slope_per_h']:+.2f} an hour, {low:+.2f} to {high:+.2f}"
    return f"{arm}: {row['verdict']}, from {row['first']:g} to {row['last']:g}, {slope}"
