"""A fault and its orders: each order's latency by when it was due, with the fault shaded and the fault-free control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, duration, line, path, picture, tag, text

SIZE = (460, 424)
LEFT, RIGHT = 54, 446
TOP, BOTTOM, NEVER = 56, 254, 40  # orders; NEVER is the row of those that were never closed
GOOD_TOP, GOOD_BOTTOM = 300, 394

Blast = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the axes reach: shared by all pictures of a run, so that they can be compared by eye."""

    last_s: float
    low_ms: float
    high_ms: float
    good: float


def extent(blasts: Sequence[Blast], slo_s: float) -> Extent:
    """Over all faults and their controls."""
    both = [series["orders"] for blast in blasts for series in (blast["series"], blast["control_series"]) if series]
    seen = [order for orders in both for order in orders]
    known = [slo_s * 1000, *(float(order[1]) for order in seen if order[1])]
    counts = [good for blast in blasts for _, good in [*blast["goodput"], *(blast["control_goodput"] or ())]]
    last_s = max([1.0, *(float(order[0]) for order in seen)])
    return Extent(last_s, min(known) * 0.7, max(known) * 1.4, max([1, *counts]) * 1.1)


def orders(blast: Blast, look: Look, slo_s: float, reach: Extent, name: str) -> str:
    """Above: orders by due time against latency (log). Below: orders served in time, second by second."""
    x = Scale(0, reach.last_s, LEFT, RIGHT)
    title = f"{look.arm}: {blast['target']} down for {blast['fault_s']:.1f} s"
    parts = [_shade(blast, x), _latencies(blast, look, x, slo_s, reach), _goodput(blast, look, x, reach)]
    parts += [text(LEFT, 16, look.arm, "heading"), line(LEFT, GOOD_BOTTOM, RIGHT, GOOD_BOTTOM, "axis")]
    parts += [text(x(tick), GOOD_BOTTOM + 16, f"{tick:g}", "label", "middle") for tick in x.ticks()]
    parts.append(text((LEFT + RIGHT) / 2, GOOD_BOTTOM + 33, "seconds since the block began", "label", "middle"))
    return picture(name, title, _told(blast, look), SIZE, *parts)


def _shade(blast: Blast, x: Scale) -> str:
    start_s, end_s = blast["series"]["fault_s"]
    width = x(end_s) - x(start_s)
    bands = [(TOP - 28, BOTTOM), (GOOD_TOP, GOOD_BOTTOM)]
    shade = [tag("rect", x=x(start_s), y=top, width=width, height=end - top, class_="shade") for top, end in bands]
    return "".join(shade) + text(
        (x(start_s) + x(end_s)) / 2, BOTTOM + 14, f"{blast['target']} down", "label fault", "middle"
    )


def _latencies(blast: Blast, look: Look, x: Scale, slo_s: float, reach: Extent) -> str:
    control = blast["control_series"]["orders"] if blast["control_series"] else []
    faulty = blast["series"]["orders"]
    y = Scale(reach.low_ms, reach.high_ms, BOTTOM, TOP, log=True)
    parts = [line(LEFT, y(tick), RIGHT, y(tick), "grid") for tick in y.ticks()]
    parts += [text(LEFT - 6, y(tick) + 4, duration(tick), "label", "end") for tick in y.ticks()]
    parts += [line(LEFT, y(slo_s * 1000), RIGHT, y(slo_s * 1000), "slo")]
    parts += [text(RIGHT, y(slo_s * 1000) - 5, f"SLO {slo_s:g} s", "label slo-word", "end")]
    parts += [tag("circle", cx=x(due_s), cy=y(ms), r=1.7, class_="control") for due_s, ms, *_ in control if ms]
    parts += [_order(order, look, x, y) for order in faulty]
    if any(order[1] is None for order in faulty):
        parts.append(text(LEFT - 6, NEVER + 4, "never", "label", "end"))
    return "".join(parts)


def _order(order: list[Any], look: Look, x: Scale, y: Scale) -> str:
    """A filled mark: served in time. A ring: harmed. A cross in the top row: never closed."""
    due_s, ms, harm, _ = order
    if ms is None:
        return text(x(due_s), NEVER + 4, "\N{MULTIPLICATION X}", "never", "middle")
    return look.mark(x(due_s), y(ms), 3.4 if harm else 2.6, "harmed" if harm else "served")


def _goodput(blast: Blast, look: Look, x: Scale, reach: Extent) -> str:
    series = {"thread control-line": blast["control_goodput"] or [], f"curve {look.classes}": blast["goodput"]}
    y = Scale(0, reach.good, GOOD_BOTTOM, GOOD_TOP)
    parts = [text(LEFT, GOOD_TOP - 8, "closed within the SLO, orders a second", "label strong")]
    parts += [text(LEFT - 6, y(tick) + 4, f"{tick:g}", "label", "end") for tick in (0, y.ticks()[-1])]
    for classes, points in series.items():
        steps = [(x(at), y(good)) for second, good in points for at in (second, second + 1)]
        if steps:
            parts.append(path(steps, classes))
    return "".join(parts)


def _told(blast: Blast, look: Look) -> str:
    control = blast["control"]
    beside = f"; {control['harmed']} of the same orders without the fault" if control else ""
    recovery = "not recovered" if blast["recovery_s"] is None else f"recovered after {blast['recovery_s']:.1f} s"
    return (
        f"{look.arm} with {blast['target']} down for {blast['fault_s']:.1f} s: {blast['harmed']} of "
        f"{blast['exposed']} exposed orders harmed{beside}; {recovery}."
    )
