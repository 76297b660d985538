"""Latency: how many orders had got so far within so long, clock by clock; and the blocks that the intervals rest on."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, path, picture, text

SIZE = (400, 300)
LEFT, RIGHT, TOP, BOTTOM = 46, 388, 34, 258
HARDLY = 1e-9
LETTER, TICK_AIR = 7.6, 8  # how wide a tick's letters are at most, and what lies between two ticks' words
LEVELS = (50, 90, 99)
BLOCKS_MIN = 3  # a line through fewer points tells nothing
NAMES = {"accepted": "holds an order id", "decided": "stock and money final", "closed": "closed, customer told"}

Latencies = Mapping[str, Mapping[str, Any]]
"""Arm -> its latency_ms of the summary."""


def curves(latencies: Latencies, looks: Mapping[str, Look], clock: str) -> str:
    """The share of orders within a time, on a log axis that all clocks share. A curve ends where nothing finished."""
    x = Scale(*_range(latencies), LEFT, RIGHT, log=True)
    y = Scale(0, 100, BOTTOM, TOP)
    parts = [_grid(x, y)]
    for arm, clocks in latencies.items():
        points = [(x(ms), y(100 * share)) for share, ms in clocks[clock]["curve"] if ms is not None]
        if points:
            parts.append(path(points, f"curve {looks[arm].classes}"))
    parts += [_median(clocks[clock], looks[arm], x, y) for arm, clocks in latencies.items()]
    title = f"{clock.capitalize()}: {NAMES[clock]}"
    parts += [
        text(LEFT, 16, title, "heading"),
        text((LEFT + RIGHT) / 2, 294, "ms since the order was due", "label", "middle"),
    ]
    return picture(f"curve-{clock}", title, _told(latencies, clock), SIZE, *parts)


def block_points(blocks: Mapping[str, Any], looks: Mapping[str, Look], measure: str, title: str, name: str) -> str:
    """One point per block and arm, pair by pair, with the mean and its interval at the right."""
    known = {arm: [(p["pair"], p[measure]) for p in points if p[measure] is not None] for arm, points in blocks.items()}
    values = [value for points in known.values() for _, value in points]
    if len(values) < BLOCKS_MIN * len(known):
        return ""
    x = Scale(0, max([1, *(pair for points in known.values() for pair, _ in points)]), LEFT + 12, RIGHT - 16)
    y = Scale(0, max(values) * 1.12, BOTTOM, TOP)
    parts = [line(LEFT, y(tick), RIGHT, y(tick), "grid") for tick in y.ticks()]
    parts += [text(LEFT - 6, y(tick) + 4, f"{tick:g}", "label", "end") for tick in y.ticks()]
    for arm, points in known.items():
        look = looks[arm]
        parts.append(path([(x(pair), y(value)) for pair, value in points], f"thread {look.classes}"))
        parts += [look.mark(x(pair), y(value), 4.5) for pair, value in points]
    parts += [text(LEFT, 16, title, "heading"), line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")]
    parts.append(text((LEFT + RIGHT) / 2, 294, "pairs of blocks, in the order in which they ran", "label", "middle"))
    parts += [text(x(pair), 275, str(pair + 1), "label", "middle") for pair in _some(x)]
    told = "; ".join(f"{arm}: {', '.join(f'{value:g}' for _, value in points)}" for arm, points in known.items())
    return picture(name, title, f"Per block, in ms. {told}.", SIZE, *parts)


def _range(latencies: Latencies) -> tuple[float, float]:
    seen = [ms for clocks in latencies.values() for clock in clocks.values() for _, ms in clock["curve"] if ms]
    return (min(seen) * 0.8, max(seen) * 1.25) if seen else (1.0, 1000.0)


def _grid(x: Scale, y: Scale) -> str:
    parts = [line(x(tick), TOP, x(tick), BOTTOM, "grid") for tick in x.ticks()]
    parts += [text(x(tick), 275, _plain(tick), "label", "middle") for tick in _apart(x)]
    parts += [line(LEFT, y(level), RIGHT, y(level), "grid level") for level in LEVELS]
    parts += [text(LEFT - 6, y(level) + 4, f"{level} %", "label", "end") for level in LEVELS]
    return "".join([*parts, line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")])


def _apart(x: Scale) -> list[float]:
    """Ticks whose words do not touch: powers of ten first, then what has room between them."""
    chosen: list[float] = []
    for tick in sorted(x.ticks(), key=lambda tick: (log10(tick) % 1 > HARDLY, tick)):
        if all(abs(x(tick) - x(other)) >= _half(tick) + _half(other) + TICK_AIR for other in chosen):
            chosen.append(tick)
    return chosen


def _half(tick: float) -> float:
    return len(_plain(tick)) * LETTER / 2


def _plain(ms: float) -> str:
    return f"{ms:,.0f}" if ms >= 1 else f"{ms:g}"


def _median(figures: Mapping[str, Any], look: Look, x: Scale, y: Scale) -> str:
    """The median as a mark, its interval as a bar across it."""
    if figures["p50"] is None:
        return ""
    bar = ""
    if figures["p50_interval"]:
        low, high = figures["p50_interval"]
        bar = line(x(low), y(50), x(high), y(50), f"interval {look.classes}")
    return bar + look.mark(x(figures["p50"]), y(50), 5)


def _told(latencies: Latencies, clock: str) -> str:
    told = []
    for arm, clocks in latencies.items():
        figures = [f"{name} {_or_not(clocks[clock][name])}" for name in ("p50", "p90", "p99")]
        told.append(f"{arm}: {', '.join(figures)} over {clocks[clock]['count']:,} orders")
    return "Share of orders within a time. " + "; ".join(told) + "."


def _or_not(ms: float | None) -> str:
    return "not reached" if ms is None else f"{ms:.1f} ms"


def _some(x: Scale) -> list[int]:
    """Pairs to be numbered: at most a dozen."""
    last = int(x.high)
    step = max(1, -(-last // 12))
    return list(range(0, last + 1, step))
