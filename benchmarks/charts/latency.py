"""Latency: how many orders had got so far within so long, clock by clock; and the blocks that the intervals rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.charts.axes import LOWEST, Shares, apart, plain
from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, path, picture, text

SIZE = (400, 300)
LEFT, RIGHT, TOP, BOTTOM = 50, 388, 34, 258
MARKED = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
MEANS = 346  # right of it stand the means of the blocks
BLOCKS_MIN = 3  # a line through fewer points tells nothing
NAMES = {"accepted": "holds an order id", "decided": "stock and money final", "closed": "closed, customer told"}

Latencies = Mapping[str, Mapping[str, Any]]
"""Arm -> its latency_ms of the summary."""


def curves(latencies: Latencies, looks: Mapping[str, Look], clock: str) -> str:
    """The share of orders within a time, on a log axis that all clocks share. A curve ends where nothing finished.

    The axis of shares opens the tail; a mark is a quantile, the bar through it its interval, a small mark has none.
    """
    x = Scale(*_range(latencies), LEFT, RIGHT, log=True)
    y = Shares(_highest(latencies), BOTTOM, TOP)
    parts = [_grid(x, y)]
    for arm, clocks in latencies.items():
        points = [(x(ms), y(share)) for share, ms in clocks[clock]["curve"] if _drawn(share, ms)]
        if points:
            parts.append(path(points, f"curve {looks[arm].classes}"))
    parts += [_marks(clocks[clock], looks[arm], x, y) for arm, clocks in latencies.items()]
    title = f"{clock.capitalize()}: {NAMES[clock]}"
    parts += [
        text(LEFT, 16, title, "heading"),
        text((LEFT + RIGHT) / 2, 294, "ms since the order was due", "label", "middle"),
    ]
    return picture(f"curve-{clock}", title, _told(latencies, clock), SIZE, *parts)


def block_points(
    blocks: Mapping[str, Any],
    looks: Mapping[str, Look],
    measure: str,
    title: str,
    means: Mapping[str, tuple[float | None, Sequence[float] | None]],
) -> str:
    """One point per block and arm, pair by pair, with the mean and its interval at the right.

    `means`: arm -> the mean over its blocks (ms) and the interval, or None each.
    """
    known = {arm: [(p["pair"], p[measure]) for p in points if p[measure] is not None] for arm, points in blocks.items()}
    values = [value for points in known.values() for _, value in points]
    if len(values) < BLOCKS_MIN * len(known):
        return ""
    x = Scale(0, max([1, *(pair for points in known.values() for pair, _ in points)]), LEFT + 12, MEANS - 14)
    y = Scale(0, max(values) * 1.12, BOTTOM, TOP)
    parts = [line(LEFT, y(tick), RIGHT, y(tick), "grid") for tick in y.ticks()]
    parts += [text(LEFT - 6, y(tick) + 4, f"{tick:g}", "label", "end") for tick in y.ticks()]
    for number, (arm, points) in enumerate(known.items()):
        look = looks[arm]
        parts.append(path([(x(pair), y(value)) for pair, value in points], f"thread {look.classes}"))
        parts += [look.mark(x(pair), y(value), 3.6) for pair, value in points]
        parts.append(_mean(look, MEANS + (RIGHT - MEANS) * (number + 0.5) / len(known), y, *means[arm]))
    parts += [text(LEFT, 16, title, "heading"), line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")]
    parts.append(text((LEFT + MEANS) / 2, 294, "pairs of blocks, in the order in which they ran", "label", "middle"))
    parts.append(text((MEANS + RIGHT) / 2, 275, "mean", "label", "middle"))
    parts += [text(x(pair), 275, str(pair + 1), "label", "middle") for pair in _some(x)]
    told = "; ".join(f"{arm}: {', '.join(f'{value:g}' for _, value in points)}" for arm, points in known.items())
    return picture(f"points-{measure}", title, f"Per block, in ms. {told}.", SIZE, *parts)


def _mean(look: Look, x: float, y: Scale, mean: float | None, interval: Sequence[float] | None) -> str:
    bar = line(x, y(interval[0]), x, y(interval[1]), f"interval {look.classes}") if interval else ""
    return bar + (look.mark(x, y(mean), 3.4) if mean is not None else "")


def _range(latencies: Latencies) -> tuple[float, float]:
    seen = [ms for clocks in latencies.values() for clock in clocks.values() for _, ms in clock["curve"] if ms]
    return (min(seen) * 0.8, max(seen) * 1.25) if seen else (1.0, 1000.0)


def _drawn(share: float, ms: float | None) -> bool:
    return ms is not None and share >= LOWEST


def _highest(latencies: Latencies) -> float:
    """The highest share of which there is a figure, and at least where the tail begins."""
    seen = [share for clocks in latencies.values() for each in clocks.values() for share, _ in each["curve"]]
    return float(min(max([0.9, *seen]), 0.999))


def _grid(x: Scale, y: Shares) -> str:
    parts = [line(x(tick), TOP, x(tick), BOTTOM, "grid") for tick in x.ticks()]
    parts += [text(x(tick), 275, plain(tick), "label", "middle") for tick in apart(x)]
    parts += [line(LEFT, y(level), RIGHT, y(level), "grid level") for level in y.levels()]
    parts += [text(LEFT - 6, y(level) + 4, f"{100 * level:g} %", "label", "end") for level in y.levels()]
    return "".join([*parts, line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")])


def _marks(figures: Mapping[str, Any], look: Look, x: Scale, y: Shares) -> str:
    """The median, 99 of 100 and 999 of 1,000, with an interval where there is one."""
    parts = []
    for name, share in MARKED.items():
        if figures.get(name) is None or share > y.highest:
            continue
        interval = figures.get(f"{name}_interval")
        if interval:
            low, high = interval
            parts.append(line(x(low), y(share), x(high), y(share), f"interval {look.classes}"))
        parts.append(look.mark(x(figures[name]), y(share), 5 if interval else 3))
    return "".join(parts)


def _told(latencies: Latencies, clock: str) -> str:
    told = []
    for arm, clocks in latencies.items():
        names = ("p50", "p90", "p99", "p999")
        figures = [f"{name} {_or_not(clocks[clock][name])}" for name in names if name in clocks[clock]]
        told.append(f"{arm}: {', '.join(figures)} over {clocks[clock]['count']:,} orders")
    return "Share of orders within a time. " + "; ".join(told) + "."


def _or_not(ms: float | None) -> str:
    return "not reached" if ms is None else f"{ms:.1f} ms"


def _some(x: Scale) -> list[int]:
    """Pairs to be numbered: at most a dozen."""
    last = int(x.high)
    step = max(1, -(-last // 12))
    return list(range(0, last + 1, step))
