"""What a keeper keeps, and why it may be away: shapes only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Note = Callable[..., float]
"""Writes an entry of the lab's history and returns its time in epoch ms."""


class Running(Protocol):
    @property
    def pid(self) -> int: ...

    async def gone(self) -> int:
        """Return the exit code, negative for a signal, when the process has left."""
        ...


class Body(Protocol):
    def start(self) -> Running:
        """Start it and return at once. Raises OSError or EOFError."""
        ...

    async def ready(self) -> None:
        """Return when it is ready. Raises Trouble when it will not be, as things are."""
        ...


@dataclass(slots=True)
class Absence:
    """Why a process is not running, and for how long (None: until it is asked for)."""

    state: str
    lasts_s: float | None
