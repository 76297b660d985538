"""What no process of the lab lets through: other people's pages, and bodies without end.

A page in a browser can make it ask this machine (by DNS rebinding even under a name of its own), so requests must name
this machine in their Host header.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.bodies import BODY_BYTES_MAX


def token_guard(token: str) -> Callable[[str], None]:
    """A dependency that lets through whoever holds the lab's token; 401 for everybody else."""

    def guard(authorization: Annotated[str, Header()] = "") -> None:
        if not token or not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "this needs the lab's token", headers={"WWW-Authenticate": "Bearer"})

    return guard


MISDIRECTED = "this process answers to the name of its own machine only, such as 127.0.0.1"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Guard:
    """Wraps an app. 421 for a foreign Host; 404 for a path with what cannot be seen, which no route has and some would
    take (a line's end); 413, raised where the body is read, for one over the limit."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], bytes_max: int = BODY_BYTES_MAX) -> None:
        self._app = app
        self._hosts = LOOPBACK.union(hosts)
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _name(Headers(scope=scope).get("host", "")) not in self._hosts:
            await _refused(421, "Misdirected Request", MISDIRECTED)(scope, receive, send)
        elif not scope["path"].isprintable():
            await _refused(404, "Not Found", "there is no such path")(scope, receive, send)
        else:
            await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._bytes_max:
                raise HTTPException(413, f"a body may have {self._bytes_max} bytes, and this one has more")
            return message

        return counted


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _refused(status: int, title: str, detail: str) -> ASGIApp:
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(problem, status, media_type="application/problem+json")
