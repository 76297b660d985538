"""Doors with a defect, for the checkers to catch: see common.unsafe. The door as it must be is in `door`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from common.door import Entry, make_door
from common.unsafe import Unsafe, is_lost

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from common.domain.catalogue import Catalogue
    from common.domain.model import Order
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
    if "lose-one-in-a-hundred" in on:
        entry = cast(Entry, Forgetful(entry))
    door = make_door(arm, entry, view, catalogue, settings, meters)
    if "no-idempotency-key" in on:
        door.add_middleware(Keyless)
    return door


class Forgetful:
    """An entry that loses one order in a hundred: it is answered for, and never placed. All else is the entry's own."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    async def accept(self, order: Order, *about: str) -> None:
        """See Entry."""
        if not is_lost(order.order_id):
            await self._entry.accept(order, *about)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


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
