"""The pictures: a thing less itself, start by start around 0 with the noise floor shaded, and the delay that was found.

Nothing is computed that was not judged: only placed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.calibrate.trust import named
from benchmarks.charts.looks import Look
from benchmarks.charts.svg import MINUS, Scale, line, picture, tag, text

WIDTH, LEFT, RIGHT = 420, 66, 408
TOP, ROW = 26, 15
REACH_MIN = 0.05  # of the value: less would make little look like much
DELAY_ROW = 34

Row = Mapping[str, Any]


def differences(
    measure: str, each: Sequence[Row], together: Sequence[Row], floor: float | None, looks: Mapping[str, Look]
) -> str:
    """One measure: a row for each arm and start, and one for all starts; relative to the value."""
    rows = [row for row in _in_order(measure, each, together) if row["difference"] is not None and row["value"]]
    reach = max([REACH_MIN, *(abs(end) / row["value"] for row in rows for end in _ends(row))])
    x = Scale(-reach, reach, LEFT, RIGHT)
    bottom = TOP + ROW * len(rows) + 4
    parts = [text(2, 14, named(measure), "strong")]
    if floor is not None:
        width, height = x(floor) - x(-floor), bottom - TOP + 4
        parts.append(tag("rect", x=x(-floor), y=TOP - 4, width=width, height=height, class_="floor"))
    parts += _axis(x, bottom)
    for number, row in enumerate(rows):
        parts += _one(row, x, TOP + ROW * number + ROW / 2, looks[row["arm"]])
    told = "; ".join(_told(row) for row in rows) or "nothing was seen"
    edge = f" The noise floor is {floor * 100:.1f} % either side." if floor is not None else ""
    return picture(
        f"same-{measure}", f"{named(measure)}: a thing less itself", told + edge, (WIDTH, bottom + 20), *parts
    )


def delay(rows: Sequence[Row], looks: Mapping[str, Look]) -> str:
    """The delay that was put in, shaded, and what was found in each arm, with its interval."""
    known = [row for row in rows if row["found_ms"] is not None and row["interval_ms"]]
    ends = [end for row in known for end in (*row["interval_ms"], *row["truth_ms"])]
    x = Scale(min([0.0, *ends]), max([1.0, *ends]) * 1.04, LEFT - 50, RIGHT)
    bottom = TOP + DELAY_ROW * len(known)
    parts = []
    for low, high in {tuple(row["truth_ms"]) for row in known}:
        width = max(x(high) - x(low), 2.0)
        parts.append(tag("rect", x=x(low), y=TOP - 4, width=width, height=bottom - TOP + 4, class_="truth"))
        parts.append(text(x(low), 14, "the truth", "label", "middle"))
    parts.append(line(LEFT - 50, bottom, RIGHT, bottom, "axis"))
    parts += [text(x(tick), bottom + 14, f"{tick:g} ms", "label", "middle") for tick in x.ticks()]
    for number, row in enumerate(known):
        y = TOP + DELAY_ROW * number + 24
        parts.append(text(LEFT - 50, y - 14, row["arm"], "label"))
        parts += _bar(row["interval_ms"], row["found_ms"], x, y, looks[row["arm"]])
    told = "; ".join(f"{row['arm']}: {row['found_ms']:.2f} ms, {_between(row['interval_ms'], 1)} ms" for row in known)
    return picture("delay", "A known delay and what was found", told or "nothing", (WIDTH, bottom + 20), *parts)


def _in_order(measure: str, each: Sequence[Row], together: Sequence[Row]) -> Iterator[Row]:
    for row in together:
        if row["measure"] == measure:
            yield from (one for one in each if (one["arm"], one["measure"]) == (row["arm"], measure))
            yield row


def _axis(x: Scale, bottom: float) -> list[str]:
    ticks = [text(x(tick), bottom + 14, _percent(tick), "label", "middle") for tick in x.ticks()]
    return [line(LEFT, bottom, RIGHT, bottom, "axis"), line(x(0), TOP - 4, x(0), bottom, "axis"), *ticks]


def _one(row: Row, x: Scale, y: float, look: Look) -> list[str]:
    name = f"start {row['start'] + 1}" if "start" in row else f"all {row['starts']}"
    interval = None if row["interval"] is None else [end / row["value"] for end in row["interval"]]
    shown = row["verdict"] in ("lower", "higher") and "start" in row
    words = text(2, y + 4, f"{name}{' !' if shown else ''}", "strong" if "start" not in row or shown else "label")
    return [words, *_bar(interval, row["difference"] / row["value"], x, y, look)]


def _bar(interval: Sequence[float] | None, value: float, x: Scale, y: float, look: Look) -> list[str]:
    parts = [look.mark(x(value), y, 4.0)]
    if interval is not None:
        bar = tag("line", x1=x(interval[0]), y1=y, x2=x(interval[1]), y2=y, class_=f"interval {look.classes}")
        parts.insert(0, bar)
    return parts


def _ends(row: Row) -> list[float]:
    return [row["difference"], *(row["interval"] or ())]


def _told(row: Row) -> str:
    where = f"{row['arm']}, " + (f"start {row['start'] + 1}" if "start" in row else "all starts")
    between = "" if row["interval"] is None else f", {_between(row['interval'], row['value'])}"
    return f"{where}: {row['difference'] / row['value']:+.1%}{between}"


def _between(interval: Sequence[float], of: float) -> str:
    low, high = (end / of for end in interval)
    return f"{low:.2f} to {high:.2f}" if of == 1 else f"{low:+.1%} to {high:+.1%}"


def _percent(share: float) -> str:
    return f"{share * 100:+g} %".replace("-", MINUS) if share else "0"
