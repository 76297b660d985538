"""Locust's own table of figures, with entries named for what they are."""

from __future__ import annotations

import logging
from typing import Any

from locust.env import Environment


class LocustTable:
    """Shows accepted and closed, both counted from when an order was due. Locust rounds them; rows are exact."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._request: Any = environment.events.request

    def accepted(self, from_due_ms: float, trouble: str | None) -> None:
        self._show("accepted, from due", from_due_ms, trouble)

    def closed(self, from_due_ms: float, trouble: str | None) -> None:
        self._show("closed, from due", from_due_ms, trouble)

    def spoil(self, why: str) -> None:
        """Say loudly that this load cannot be used: in the log, in the table, and by the exit code."""
        logging.error(why)
        self._environment.process_exit_code = 1
        self._show("spoiled: see the log", 0, why, "load")

    def _show(self, name: str, from_due_ms: float, trouble: str | None, kind: str = "order") -> None:
        self._request.fire(
            request_type=kind,
            name=name,
            response_time=from_due_ms,
            response_length=0,
            exception=RuntimeError(trouble) if trouble else None,
            context={},
        )
