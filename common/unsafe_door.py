"""Doors with a defect, for the checkers to catch: see common.unsafe. The door as it must be is in `door`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.door import Entry, make_door
from common.unsafe import Unsafe

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from common.domain.catalogue import Catalogue
    from common.settings import Settings
    from common.store.orders import OrdersView
from common.telemetry.meters import Meters

NEVER_S = 1e9  # some thirty years: a deadline that does not come


def door_of(
    arm: str, entry: Entry, view: OrdersView, catalogue: Catalogue, settings: Settings, meters: Meters
) -> FastAPI:
    """The arm's door; with the defects that are switched on, if any. Raises ValueError for an unknown switch."""
    on = Unsafe.of(settings.unsafe)
    if "no-deadline" in on:
        settings = settings.model_copy(update={"deadline_s": NEVER_S})
    door = make_door(arm, entry, view, catalogue, settings, meters)
    if "no-idempotency-key" in on:
        door.add_middleware(Keyless)
    return door


class Keyless:
    """Takes the Idempotency-Key off every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"idempotency-key"]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)
