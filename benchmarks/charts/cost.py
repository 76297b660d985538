"""What an order costs: processor time by process, arm beside arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, picture, tag, text

WIDTH, LEFT, RIGHT = 570, 116, 500
SIGN = 9  # a bar's mark stands so far left of it: arms of one pattern share their colour
BAR, GAP, HEAD = 13, 10, 34
ALL = "all together"


def bars(costs: Mapping[str, Mapping[str, Any]], looks: Mapping[str, Look]) -> str:
    """Milliseconds of CPU per order: all together with the interval over blocks, then process by process."""
    rows = [ALL, *_processes(costs)]
    highest = max([1e-9, *(_end(cost) for cost in costs.values())])
    x = Scale(0, highest, LEFT, RIGHT)
    step = BAR * len(costs) + GAP
    parts = [text(LEFT, 18, "Processor time per order, ms", "heading")]
    for number, process in enumerate(rows):
        top = HEAD + number * step + (10 if number else 0)
        name, classes = process.removesuffix("-1"), "label" if number else "label strong"
        parts.append(text(LEFT - SIGN - 9, top + step / 2 - 1, name, classes, "end"))
        for position, (arm, cost) in enumerate(costs.items()):
            parts.append(_bar(x, top + position * BAR, looks[arm], _used(cost, process), cost if not number else None))
    height = HEAD + len(rows) * step + 12
    parts.append(line(LEFT, HEAD - 4, LEFT, height - 8, "axis"))
    return picture("cost", "Processor time per order", _told(costs, rows), (WIDTH, height), *parts)


def _processes(costs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All processes of all arms: first what only some arms have, for it is the difference; the server last."""
    names = list(dict.fromkeys(name for cost in costs.values() for name in cost["cpu_ms_per_order_by_process"]))
    everywhere = {name: all(name in cost["cpu_ms_per_order_by_process"] for cost in costs.values()) for name in names}
    return sorted(names, key=lambda name: (everywhere[name], name == "redis"))


def _used(cost: Mapping[str, Any], process: str) -> float | None:
    used = cost["cpu_ms_per_order"] if process == ALL else cost["cpu_ms_per_order_by_process"].get(process)
    return None if used is None else float(used)


def _end(cost: Mapping[str, Any]) -> float:
    interval = cost["cpu_ms_per_order_interval"]
    return float(interval[1] if interval else cost["cpu_ms_per_order"] or 0)


def _bar(x: Scale, top: float, look: Look, used: float | None, cost: Mapping[str, Any] | None) -> str:
    middle = top + BAR / 2
    if used is None:
        return text(x.start + 6, middle + 3.5, "\N{EN DASH}", "label")
    parts = [
        look.mark(x.start - SIGN, middle, 3.4),
        tag(
            "rect",
            x=x.start,
            y=top + 1,
            width=max(x(used) - x.start, 0.5),
            height=BAR - 2,
            rx=2,
            class_=f"bar {look.classes}",
        ),
    ]
    end = x(used)
    if cost and cost["cpu_ms_per_order_interval"]:
        low, high = cost["cpu_ms_per_order_interval"]
        parts.append(line(x(low), middle, x(high), middle, "whisker"))
        end = x(high)
    parts.append(text(end + 6, middle + 4, f"{used:.2f}", "label strong" if cost else "label"))
    return "".join(parts)


def _told(costs: Mapping[str, Mapping[str, Any]], rows: list[str]) -> str:
    told = []
    for arm, cost in costs.items():
        used = [f"{name} {_used(cost, name):.2f}" for name in rows if _used(cost, name) is not None]
        told.append(f"{arm}: {', '.join(used)}")
    return "Milliseconds of processor time for one order. " + "; ".join(told) + "."
