"""Around a process' HTTP app: a span for each request that belongs to a traced order; at a door, also the decision
whether an order is traced, and the count of its answers."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.telemetry import context, conventions
from common.telemetry.tracing import Begun, Tracing

HEADER, LOCATION = b"traceparent", b"location"
TOLD = "harmony.told"
DOOR = "/orders"

Answered = Callable[[int], None]
"""Told the status of each answer to a posted order."""


def tell(scope: MutableMapping[str, Any], **told: str) -> None:
    """What a handler knows of its request's order, for the span: `order_id`, `operation`, `event`."""
    if TOLD in scope:
        scope[TOLD].update({f"harmony.{name}": value for name, value in told.items()})


class Serving:
    """Wraps an app. `answered`: of a process with a door."""

    def __init__(self, app: ASGIApp, tracing: Tracing, answered: Answered | None = None) -> None:
        self._app = app
        self._tracing = tracing
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        at_door = self._answered is not None and scope["path"] == DOOR
        span = self._begun(scope, at_door)
        if span.sampled:
            scope = _within(scope, span.traceparent)
        status = 500  # when the app raises

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if at_door and (location := _header(message, LOCATION)):
                    tell(scope, order_id=location.rpartition("/")[2])
            await send(message)

        try:
            await self._app(scope, receive, noting if at_door or span.sampled else send)
        finally:
            if self._answered is not None and at_door:
                self._answered(status)
            if span.sampled:
                span.end(_served(scope, status))

    def _begun(self, scope: Scope, at_door: bool) -> Begun:
        given = _header(scope, HEADER)
        if at_door and not context.is_valid(given):
            return self._tracing.root(self._tracing.decide())
        return self._tracing.begin(given)


def _within(scope: Scope, traceparent: str) -> Scope:
    """The request as if the span had sent it, and a place for what its handler tells."""
    headers = [(name, value) for name, value in scope["headers"] if name != HEADER]
    return {**scope, "headers": [*headers, (HEADER, traceparent.encode())], TOLD: {}}


def _served(scope: Scope, status: int) -> conventions.Telling:
    host, port = scope.get("server") or ("", 0)
    return conventions.served(_route(scope), scope["path"], str(host), int(port or 0), status, scope[TOLD])


def _route(scope: Scope) -> str:
    """The pattern of the route that took the request, "" when none did: a span's name must not be any path."""
    if scope.get("endpoint") is None:
        return ""
    left = {str(value): name for name, value in (scope.get("path_params") or {}).items()}
    parts = scope["path"].split("/")
    for at in reversed(range(len(parts))):  # what is a parameter stands at the end of our paths
        if name := left.pop(parts[at], None):
            parts[at] = f"{{{name}}}"
    return "/".join(parts)


def _header(message: Any, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in message["headers"] if key == name), "")
