"""How a figure goes with the rate of orders, arm by arm with intervals; and latency against the processor time used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, path, picture, text

SIZE = (400, 280)
LEFT, RIGHT, TOP, BOTTOM = 50, 384, 34, 232
ASIDE = 4.0  # so far apart stand the marks of two arms at one rate, that no interval hides another
APART = 8.0  # times
RATE, PER_SECOND = "orders a second", "processor time, ms a second"

Conditions = Sequence[Mapping[str, Any]]
Interval = Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Point:
    """A figure at a place of the axis, with its interval; `at` is a rate, or processor time a second."""

    at: float
    value: float
    interval: Interval = None


def drawn(conditions: Conditions, looks: Mapping[str, Look]) -> dict[str, str]:
    """Name -> SVG; nothing under two rates without injected work."""
    plain = sorted((each for each in conditions if each["work"] is None), key=lambda each: float(each["rate"]))
    if len(plain) < 2:
        return {}
    rates = [float(each["rate"]) for each in plain]
    lines = {
        "rates-p50": ("Closed, median, ms", {arm: _latency(plain, arm, "p50") for arm in looks}),
        "rates-p99": ("Closed, 99 of 100, ms", {arm: _latency(plain, arm, "p99") for arm in looks}),
        "rates-cpu": ("Processor time per order, ms", {arm: _cost(plain, arm) for arm in looks}),
    }
    pictures = {name: _chart(name, title, points, looks, rates, RATE) for name, (title, points) in lines.items()}
    used = {arm: _used(plain, arm) for arm in looks}
    pictures["rates-used"] = _chart("rates-used", "Closed, median, ms, by processor use", used, looks, (), PER_SECOND)
    return {name: svg for name, svg in pictures.items() if svg}


def _latency(conditions: Conditions, arm: str, name: str) -> list[Point]:
    closed = [(each["rate"], each["arms"][arm]["latency_ms"]["closed"]) for each in conditions if arm in each["arms"]]
    return [Point(rate, at[name], at[f"{name}_interval"]) for rate, at in closed if at[name] is not None]


def _cost(conditions: Conditions, arm: str) -> list[Point]:
    costs = [(each["rate"], each["arms"][arm]["cost"]) for each in conditions if arm in each["arms"]]
    name = "cpu_ms_per_order"
    return [Point(rate, cost[name], cost[f"{name}_interval"]) for rate, cost in costs if cost[name] is not None]


def _used(conditions: Conditions, arm: str) -> list[Point]:
    arms = [each["arms"][arm] for each in conditions if arm in each["arms"]]
    closed = [(each["cpu_ms_per_s"], each["latency_ms"]["closed"]) for each in arms]
    return [Point(used, at["p50"], at["p50_interval"]) for used, at in closed if None not in (used, at["p50"])]


def _chart(
    name: str,
    title: str,
    points: Mapping[str, Sequence[Point]],
    looks: Mapping[str, Look],
    ticks: Sequence[float],
    words: str,
) -> str:
    """A line through each arm's points. Ticks of the axis are these, else round ones."""
    every = [point for each in points.values() for point in each]
    if not every:
        return ""
    x = Scale(0, max([*ticks, *(point.at for point in every)]) * 1.06, LEFT, RIGHT)
    y = _heights(every)
    parts = [line(LEFT, y(tick), RIGHT, y(tick), "grid") for tick in y.ticks()]
    parts += [text(LEFT - 6, y(tick) + 4, f"{tick:g}", "label", "end") for tick in y.ticks()]
    parts += [text(x(tick), BOTTOM + 17, f"{tick:,g}", "label", "middle") for tick in ticks or x.ticks()]
    for number, (arm, each) in enumerate(points.items()):
        aside = ASIDE * (number - (len(points) - 1) / 2) if ticks else 0.0
        parts += _line(each, looks[arm], x, y, aside)
    parts += [text(LEFT, 16, title, "heading"), line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")]
    parts.append(text((LEFT + RIGHT) / 2, BOTTOM + 36, words, "label", "middle"))
    return picture(name, title, _told(points, words), SIZE, *parts)


def _heights(points: Sequence[Point]) -> Scale:
    """From zero; by powers where the arms lie so far apart that the lower one would lie on the axis."""
    lowest, highest = (end(point.value for point in points) for end in (min, max))
    top = max(max(point.interval or (point.value,)) for point in points) * 1.1
    if lowest > 0 and highest > APART * lowest:
        return Scale(lowest * 0.6, top, BOTTOM, TOP, log=True)
    return Scale(0, top, BOTTOM, TOP)


def _line(points: Sequence[Point], look: Look, x: Scale, y: Scale, aside: float) -> list[str]:
    at = [(x(point.at) + aside, y(point.value)) for point in points]
    parts = [path(at, f"thread {look.classes}")] if len(at) > 1 else []
    for (left, _), point in zip(at, points, strict=True):
        if point.interval:
            low, high = point.interval
            parts.append(line(left, y(low), left, y(high), f"interval {look.classes}"))
    return parts + [look.mark(left, top, 3.6) for left, top in at]


def _told(points: Mapping[str, Sequence[Point]], words: str) -> str:
    told = [
        f"{arm}: {', '.join(f'{point.value:.3g} at {point.at:.4g}' for point in each)}"
        for arm, each in points.items()
        if each
    ]
    return f"Against {words}. {'; '.join(told)}."
