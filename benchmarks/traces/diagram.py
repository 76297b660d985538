"""What a sequence diagram consists of: lifelines, and rows with one thing each, so that nothing covers anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.traces.graph import Id

Tone = Literal["yes", "no", "idle", "bad"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """Something told. `receiver` may be empty: nobody knows whom it was for. `failed`: it came to nothing, and why."""

    at_ns: int
    sender: str
    receiver: str
    label: str
    reply: bool = False
    back: bool = False
    failed: str = ""
    more: str = ""  # said beside the label
    ends: tuple[Id, ...] = ()  # the spans at its ends


@dataclass(frozen=True, slots=True)
class Note:
    """Something done: accepted, refused, of no effect, or failed."""

    at_ns: int
    lifeline: str
    text: str
    tone: Tone
    back: bool = False
    ends: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing for so long."""

    at_ns: int
    long_ns: int
    back: bool = False


Row = Arrow | Note | Gap


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A lifeline that waits for an answer, or has the order in hand, from one row to another."""

    lifeline: str
    first: int
    last: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """Lifelines from left to right, rows from top to bottom. `more`: rows that were left out at the end."""

    lifelines: tuple[str, ...]
    rows: tuple[Row, ...]
    ongoing: tuple[Ongoing, ...] = ()
    more: int = 0


def span_of_time(long_ns: int) -> str:
    """As a person says it."""
    return f"{long_ns / 1e9:.1f} s" if long_ns >= 1e9 else f"{long_ns / 1e6:.0f} ms"
