"""One order's way through the services: who announced what, and when, counted from the customer's sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, duration, line, path, picture, text

SIZE = (460, 256)
LEFT, RIGHT, TOP, STEP = 98, 446, 70, 36
LETTER = 7.0  # how wide a letter of an event's name is at most, with some air between names
AIR = 5  # between two names on one line
LINE = 14  # from one line of names to the next
SERVICES = ("order", "inventory", "payment", "shipping", "notification")

Order = Mapping[str, Any]


def journey(order: Order, look: Look, longest_ms: float, name: str) -> str:
    """The services as lanes, the order's events as marks along time; all arms share the time axis."""
    events = since_sent(order)
    x = Scale(0, longest_ms * 1.06, LEFT, RIGHT)
    lane = {service: TOP + number * STEP for number, service in enumerate(SERVICES)}
    places = [(x(ms), lane[service]) for _, service, ms in events if service in lane]
    parts = [
        line(LEFT, y, RIGHT, y, "grid") + text(LEFT - 8, y + 4, service, "label", "end") for service, y in lane.items()
    ]
    parts += [line(x(tick), TOP - 14, x(tick), TOP + 4 * STEP + 14, "grid") for tick in x.ticks()]
    parts += [text(x(tick), TOP + 4 * STEP + 32, duration(tick), "label", "middle") for tick in x.ticks()]
    if places:
        parts.append(path(places, f"thread {look.classes}"))
    taken: list[tuple[float, float, float]] = []
    for (kind, _, _), (at, y) in zip(events, places, strict=False):
        parts += [look.mark(at, y, 4.5), _label(kind, at, y, taken)]
    parts += [text(8, 16, look.arm, "heading"), text(8, 33, _ending(order), "label")]
    told = ", ".join(f"{kind} by {service} at {ms:.1f} ms" for kind, service, ms in events)
    return picture(name, f"One order in {look.arm}", f"{_ending(order)}. {told}.", SIZE, *parts)


def _label(kind: str, at: float, y: float, taken: list[tuple[float, float, float]]) -> str:
    """The event's name beside and above its mark, elsewhere where another's stands already. `taken`: (from, to, y).

    Where there is room on no side of it, it stands beside the name that is in its way.
    """
    wide = LETTER * len(kind)
    before, after = ("end", at - 8.0, at - 8.0 - wide), ("start", at + 8.0, at + 8.0)
    sides = (before, after) if at > (LEFT + RIGHT) / 2 else (after, before)
    places = [(*side, height) for height in (y - 7, y + 17) for side in sides if LEFT <= side[2] <= RIGHT - wide]
    blocking = [last for first, last, height in taken if abs(height - (y - 7)) < LINE]
    places += [("start", last + AIR, last + AIR, y - 7) for last in blocking if last + AIR <= RIGHT - wide]
    free = [each for each in places if not any(_meet(each[2], each[2] + wide, each[3], other) for other in taken)]
    anchor, x, first, height = [*free, *places, (*sides[0], y - 7)][0]
    taken.append((first, first + wide, height))
    return text(x, height, kind, "label event", anchor)


def _meet(first: float, last: float, height: float, other: tuple[float, float, float]) -> bool:
    return abs(height - other[2]) < LINE and first < other[1] and other[0] < last


def since_sent(order: Order) -> list[tuple[str, str, float]]:
    """(event, service, ms since the customer sent the order), oldest first."""
    events: Sequence[Mapping[str, Any]] = order["events"]
    if not events:
        return []
    at = [datetime.fromisoformat(event["time"]).timestamp() * 1000 for event in events]
    zero = at[-1] - order["closed_ms"] if order.get("closed_ms") is not None else at[0]
    told = [(str(e["type"]), str(e["service"]), ms - zero) for e, ms in zip(events, at, strict=True)]
    return sorted(told, key=lambda event: event[2])


def _ending(order: Order) -> str:
    why = f" ({order['reason']})" if order.get("reason") else ""
    when = "" if order.get("closed_ms") is None else f" after {order['closed_ms']:.1f} ms"
    accepted = (
        "" if order.get("accepted_ms") is None else f"; the customer had the 202 after {order['accepted_ms']:.1f} ms"
    )
    return f"{order['status']}{why}{when}{accepted}"
