"""How many orders are open, as fresh as a door must know it, and the door that refuses more before it reads them.

A bound on open orders is a bound on how late they close: by Little's law (Operations Research 9, 1961) orders that are
taken in only while fewer than N are open, of which X a second are closed, are in the lab for N / X seconds at most.

The bound is each door's own: several doors of one arm may together exceed it by what the others have taken in since
this one looked last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import coroutine
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from common.bodies import BODY_BYTES_MAX
from common.messages import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOK_S = 0.25  # an ordinary lab is far from its bound
NEAR_S = 0.05  # from half the bound on: whoever closes orders makes room, and the door must see it
NEAR = 0.5
READ_S = 5.0  # for a body of 16 KB, from anywhere: whoever does not send it gives back the place that it holds
TICKET = "harmony.ticket"
CLOSE = ((b"connection", b"close"),)


class OpenOrders:
    """Open at the last look of the store, and all that this door has taken in since."""

    def __init__(self, look: Callable[[], Awaitable[int]], open_max: int) -> None:
        """`look` asks the store; it raises Unreachable when that does not answer."""
        self._look, self._open_max = look, open_max
        self.looked: int | None = None  # as the store said; None before it has said anything
        self._taken = self._known = 0  # by this door in all; before the last look
        self._under_way = 0

    def count(self) -> int:
        """Never too few of what came through this door; one that closed since the last look still counts.

        As many as may be before the first look.
        """
        if self.looked is None:
            return self._open_max
        return self.looked + self._taken - self._known + self._under_way

    def admit(self) -> Ticket | None:
        """A place for one more, which counts from now on; None when there is none."""
        if self.count() >= self._open_max:
            return None
        self._under_way += 1
        return Ticket(self._settle)

    def _settle(self, taken: bool) -> None:
        self._under_way -= 1
        self._taken += taken

    async def watch(self) -> None:
        """Look again and again, until cancelled; sooner near the bound."""
        while True:
            with suppress(Unreachable):
                await self.look()
            await asyncio.sleep(NEAR_S if self.count() >= NEAR * self._open_max else LOOK_S)

    async def look(self) -> None:
        """Ask the store now. Raises Unreachable."""
        known = self._taken
        self.looked, self._known = await self._look(), known


class Ticket:
    """One order's place, from before its request is read."""

    def __init__(self, settled: Callable[[bool], None]) -> None:
        self._settled: Callable[[bool], None] | None = settled

    def settle(self, taken: bool) -> None:
        """The order was taken in or may have been, or was not. What is said afterwards changes nothing."""
        if self._settled is not None:
            self._settled(taken)
        self._settled = None


class _Reading:
    """Receives a request whose body must be there within READ_S. What is there already costs no timer."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._until: float | None = None
        self._whole = False

    async def __call__(self) -> Message:
        """The next message. Raises HTTPException 408 when the rest of the body does not come."""
        if self._whole:
            return await self._receive()
        steps = self._receive().__await__()
        try:
            first = next(steps)
        except StopIteration as done:
            message: Message = done.value
        else:
            message = await self._in_time(first, steps)
        self._whole = not message.get("more_body", False)
        return message

    async def _in_time(self, first: Any, steps: Generator[Any, Any, Message]) -> Message:
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + READ_S
        try:
            async with asyncio.timeout_at(self._until):
                return await _going_on(first, steps)
        except TimeoutError as error:
            detail = f"the body was not there within {READ_S:g} s: nothing was done"
            raise HTTPException(408, detail, headers={"Connection": "close"}) from error


@coroutine
def _going_on(first: Any, steps: Generator[Any, Any, Message]) -> Generator[Any, Any, Message]:
    """Wait as a coroutine would that has been begun by hand and waits for `first`."""
    try:
        yield first
        return (yield from steps)
    finally:
        steps.close()


class Admission:
    """Around a door's app: while as many orders are open as may be, another is refused unread.

    Nothing is parsed, so that under overload a refusal costs far less than an order. Whoever takes an order in finds
    its ticket in the request's scope.
    """

    def __init__(self, app: ASGIApp, path: str, orders: OpenOrders, refusal: ASGIApp) -> None:
        """`refusal`: the answer, the same for everybody, made once; it ends the connection where much may follow."""
        self._app, self._path, self._orders, self._refusal = app, path, orders, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self._path:
            await self._app(scope, receive, send)
        elif ticket := self._orders.admit():
            scope[TICKET] = ticket  # the scope itself, not a copy: who is around us reads in it which route was taken
            try:
                await self._app(scope, _Reading(receive), send)
            finally:
                ticket.settle(taken=False)
        else:
            await self._refusal(scope, receive, _closing(send) if _may_go_on(scope) else send)


def _may_go_on(scope: Scope) -> bool:
    """Whether the body that nobody reads has no end that we would wait for."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and int(value) > BODY_BYTES_MAX)
        for name, value in scope["headers"]
    )


def _closing(send: Send) -> Send:
    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *CLOSE]}
        await send(message)

    return closing
