"""From when to when a page is drawn: as told, else where this Prometheus has something to show."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.asking import Prometheus

LIVE_S = 300.0  # of a lab that runs: its last five minutes
LOOK_BACK = ("5m", "6h", "15d", "10y")  # what a replay shows may be old
GAP_S = 60.0  # after so long without a word it was another run
BEFORE_S = 5.0
TOLD = "harmony_orders_open"  # by every lab that runs and by every recorded run, second by second


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, in epoch seconds."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def chosen(prometheus: Prometheus, now_s: float, since_s: float | None, to_s: float | None) -> Window | None:
    """As told; what is not told is found. None when it is to be found, and nothing is there. Raises Refused."""
    if since_s is not None and to_s is not None:
        return Window(since_s, to_s)
    if since_s is not None:
        return Window(since_s, now_s)
    found = _newest(prometheus, to_s or now_s)
    if found is None:
        return None
    live = now_s - found.end_s < GAP_S
    start_s = max(found.start_s, now_s - LIVE_S) if live else found.start_s
    return Window(start_s - BEFORE_S, to_s or (now_s if live else found.end_s))


def _newest(prometheus: Prometheus, end_s: float) -> Window | None:
    """The last stretch of time without a gap in which orders were counted."""
    for back in LOOK_BACK:
        moments = sorted(
            {time for each in prometheus.at(f"{TOLD}[{back}]", end_s) for time, _ in each.points}, reverse=True
        )
        if moments:
            first = moments[0]
            for moment in moments:
                if first - moment > GAP_S:
                    break
                first = moment
            return Window(first, moments[0])
    return None
