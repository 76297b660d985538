"""What is marked over all panels of a board: numbered bands, and whose they are in words above."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from dashboards.asking import Prometheus, expand
from dashboards.grafana.queries import PATTERNS
from dashboards.preview.asked import Json
from dashboards.preview.colours import painted
from dashboards.preview.window import Window

GAP_S, LEAST_S = 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Fault:
    """From when to when something was marked, and as what."""

    number: int
    name: str
    colour: str
    begin_s: float
    end_s: float


def marks(prometheus: Prometheus, board: Json, window: Window) -> list[Fault]:
    """All that a board marks, as it began."""
    found = sorted(_found(prometheus, board, window))
    return [Fault(number, name, colour, begin, end) for number, (begin, name, end, colour) in enumerate(found, start=1)]


def _found(prometheus: Prometheus, board: Json, window: Window) -> Iterator[tuple[float, str, float, str]]:
    for mark in board["annotations"]["list"]:
        query = expand(mark["expr"], window.length_s)
        for series in prometheus.over(query, window.start_s, window.end_s, 1):
            for begin, end in _spans([moment for moment, _ in series.points]):
                yield begin, series.named(mark["titleFormat"]), end, painted(mark["iconColor"])


def _spans(times: Sequence[float]) -> list[tuple[float, float]]:
    """Runs of moments one second apart."""
    spans: list[tuple[float, float]] = []
    for moment in times:
        if spans and moment - spans[-1][1] <= GAP_S:
            spans[-1] = spans[-1][0], moment
        else:
            spans.append((moment, moment))
    return [(begin, max(end, begin + LEAST_S)) for begin, end in spans]


def about(title: str, found: Sequence[Fault]) -> Sequence[Fault]:
    """Those of the pattern that a column is about; all where a panel shows both."""
    pattern = title.rpartition(": ")[2]
    return [each for each in found if f" in {pattern}-" in each.name] if pattern in PATTERNS else found


def key(faults: Sequence[Fault]) -> str:
    """What the numbers on the bands stand for."""
    told = "".join(
        f'<span style="color:{each.colour}"><b>{each.number}</b> {escape(each.name)} '
        f"{_hour(each.begin_s)}–{_hour(each.end_s)}</span>"
        for each in faults
    )
    return f'<p class="faults">Faults, as bands over the panels: {told}</p>' if told else ""


def _hour(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
