"""A process that counts nothing: to measure what counting costs, and for nothing else. See the setting `telemetry`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from common.telemetry.meters import Meters


class Unmetered(Meters):
    """Its page has every name, and no figure of what happened."""

    def __init__(self, pattern: str, transport: str, service: str) -> None:
        super().__init__(pattern, transport, service)
        silent: Any = _Silent()
        self.commit_seconds = self.batch_size = silent
        self.unreachable = self.undecided = self.retries = self.redeliveries = silent
        self.dead_letters = self.journal_writes = self.spans = silent
        self.in_flight = cast("Any", silent)

    def operation(self, operation: str, outcome: str, amount: int = 1) -> None:
        """Not counted, as all of these."""

    def failed(self, operation: str, kind: str, amount: int = 1) -> None:
        """See operation."""

    def took(self, operation: str, seconds: float, traceparent: str = "") -> None:
        """See operation."""

    def clock(self, name: str, seconds: float, traceparent: str = "", **outcome: str) -> None:
        """See operation."""

    def message(self, kind: str, source: str, target: str, size: int, amount: int = 1) -> None:
        """See operation."""

    def holds(self, held: Callable[[], int]) -> None:
        """See operation."""

    def answered(self, status: int) -> None:
        """See operation."""


class _Silent:
    """Takes what a counter, a gauge or a histogram takes."""

    def inc(self, amount: float = 1) -> None:
        """Nothing."""

    def set(self, value: float) -> None:
        """Nothing."""

    def observe(self, amount: float) -> None:
        """Nothing."""
