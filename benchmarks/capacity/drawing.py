"""The pictures: probes by rate, processor time by process, throughput by replicas with the law, goodput by load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, path, picture, tag, text

SIZE = (460, 262)
LEFT, RIGHT, TOP, BOTTOM = 54, 446, 40, 212
BAR, BARS_LEFT, BARS_RIGHT = 17, 128, 410
MARGIN = 1.15  # beyond the outermost rate

Judged = Mapping[str, Any]


def probes(arm: str, rows: Sequence[Judged], capacity: Judged, look: Look, slo_s: float) -> str:
    """Each probe: its rate (log) against the share closed in time; filled when carried. The interval is shaded."""
    rates = [row["rate"] for row in rows]
    x, y = Scale(min(rates) / MARGIN, max(rates) * MARGIN, LEFT, RIGHT, log=True), Scale(0, 1, BOTTOM, TOP)
    parts = [_band(x, *capacity["interval"]), line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")]
    for share in (0.0, 0.5, 1.0):
        parts += [
            line(LEFT, y(share), RIGHT, y(share), "grid"),
            text(LEFT - 6, y(share) + 4, f"{share:.0%}", "label", "end"),
        ]
    for tick in x.ticks():
        parts.append(text(x(tick), BOTTOM + 17, f"{tick:g}", "label", "middle"))
    for row in rows:
        parts.append(
            look.mark(x(row["rate"]), y(row["share"]), 5, "served" if row["verdict"] == "carried" else "harmed")
        )
    parts.append(text(LEFT, 16, f"{arm}: closed within {slo_s:g} s", "heading"))
    parts.append(
        text((LEFT + RIGHT) / 2, BOTTOM + 36, "orders a second, log scale; filled: carried", "label", "middle")
    )
    told = "; ".join(f"{row['rate']:.0f} a second: {row['share']:.1%} in time, {row['verdict']}" for row in rows)
    return picture(f"probes-{arm}", f"Probes of {arm}", f"{told}.", SIZE, *parts)


def _band(x: Scale, low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    start, end = x(low), x(high) if high else x.end
    return tag("rect", x=start, y=TOP, width=max(end - start, 1.0), height=BOTTOM - TOP, class_="floor")


def shares(arm: str, seen: Judged, look: Look) -> str:
    """How many cores each process uses, the load generator and everybody else on the machine too."""
    beside = {"the load": seen["cores_load"], "others": seen["cores_others"]}
    rows = {name: used for name, used in {**seen["shares"], **beside}.items() if used is not None}
    unseen = [name for name, used in seen["shares"].items() if used is None]
    x = Scale(0, max(1.0, *rows.values()) * 1.02, BARS_LEFT, BARS_RIGHT)
    parts, height = [text(2, 16, f"{arm}: cores used at {seen['rate']:.0f} a second", "heading")], 34 + BAR * len(rows)
    for number, (name, used) in enumerate(rows.items()):
        top = 30 + number * BAR
        classes = "control" if name in beside else f"bar {look.classes}"
        parts.append(text(BARS_LEFT - 6, top + 12, name, "label strong" if name == seen["first"] else "label", "end"))
        parts.append(
            tag("rect", x=BARS_LEFT, y=top + 2, width=max(x(used) - BARS_LEFT, 0.5), height=BAR - 4, class_=classes)
        )
        parts.append(text(x(used) + 5, top + 12, f"{used:.2f}", "label"))
    parts += [line(x(1.0), 26, x(1.0), height, "slo"), line(BARS_LEFT, 26, BARS_LEFT, height, "axis")]
    parts.append(text(x(1.0), height + 14, "one core", "label", "middle"))
    told = ", ".join(f"{name} {used:.2f}" for name, used in rows.items())
    if unseen:
        parts.append(text(2, height + 14, f"not seen: {', '.join(unseen)}", "label"))
        told = f"not seen: {', '.join(unseen)}; {told}"
    return picture(f"shares-{arm}", f"Cores used by {arm}", f"{told} cores.", (SIZE[0], height + 20), *parts)


def replicas(arm: str, seen: Judged, look: Look) -> str:
    """Each burst, and the law through them with its band."""
    law, points = seen["law"], {int(size): values for size, values in seen["throughputs"].items()}
    ends = [*(value for values in points.values() for value in values), *(row[3] or row[1] for row in law["curve"])]
    x, y = Scale(0.8, max(points) + 0.2, LEFT, RIGHT), Scale(0, max(ends) * 1.05, BOTTOM, TOP)
    parts = [_area([(x(row[0]), y(row[2]), y(row[3])) for row in law["curve"] if row[2] is not None], look)]
    parts += [line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"), text(LEFT, 16, f"{arm}: closed a second", "heading")]
    for tick in y.ticks():
        parts += [line(LEFT, y(tick), RIGHT, y(tick), "grid"), text(LEFT - 6, y(tick) + 4, f"{tick:g}", "label", "end")]
    parts.append(path([(x(row[0]), y(row[1])) for row in law["curve"]], f"curve {look.classes}"))
    for size, values in points.items():
        parts += [look.mark(x(size), y(value), 4) for value in values]
        parts.append(text(x(size), BOTTOM + 17, str(size), "label", "middle"))
    parts.append(text((LEFT + RIGHT) / 2, BOTTOM + 36, f"replicas of {seen['component']}", "label", "middle"))
    told = "; ".join(f"{size}: {', '.join(f'{value:.0f}' for value in values)}" for size, values in points.items())
    return picture(f"replicas-{arm}", f"Throughput of {arm} by replicas", f"{told} closed a second.", SIZE, *parts)


def _area(rows: Sequence[tuple[float, float, float]], look: Look) -> str:
    if not rows:
        return ""
    around = [(at, low) for at, low, _ in rows] + [(at, high) for at, _, high in reversed(rows)]
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in around)
    return tag("polygon", points=corners, class_=f"band {look.classes}")


def goodput(arms: Mapping[str, Judged], looks: Mapping[str, Look]) -> str:
    """Closed in time, in parts of what each carries, or of what was due where that is less: twice that, three times,
    and then half of it; with the lab's own bound dashed."""
    columns = ["2 x asked", "3 x asked", "then 0.5 x"]
    at = [LEFT + 60 + number * 140 for number in range(len(columns))]
    y = Scale(0, 1.1, BOTTOM, TOP)
    parts = [text(LEFT, 16, "Closed in time, in parts of what is carried or due", "heading")]
    for share in (0.0, 0.5, 1.0):
        parts += [
            line(LEFT, y(share), RIGHT, y(share), "grid"),
            text(LEFT - 6, y(share) + 4, f"{share:g}", "label", "end"),
        ]
    parts += [text(place, BOTTOM + 17, name, "label", "middle") for place, name in zip(at, columns, strict=True)]
    told = []
    for arm, each in arms.items():
        for course, places in (("surge", (0, 2)), ("overload", (0, 1, 2))):
            if each[course] is None:
                continue
            values = [phase["goodput_share"] for phase in each[course]["phases"]]
            spots = [(at[place], y(value)) for place, value in zip(places, values, strict=True)]
            classes = f"{'control-line' if course == 'surge' else 'curve'} {looks[arm].classes}"
            parts += [path(spots, classes), *(looks[arm].mark(*spot, 4.5, _of(course)) for spot in spots)]
            words = ", ".join(f"{columns[place]} {value:.2f}" for place, value in zip(places, values, strict=True))
            told.append(f"{arm} with {'a bound made for it' if course == 'overload' else 'the default bound'}: {words}")
    parts += [line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")]
    parts.append(
        text((LEFT + RIGHT) / 2, BOTTOM + 36, "offered; hollow, dashed: the door's default bound", "label", "middle")
    )
    return picture("goodput", "Goodput against offered load", f"{'; '.join(told)}.", SIZE, *parts)


def _of(course: str) -> str:
    return "served" if course == "overload" else "harmed"
