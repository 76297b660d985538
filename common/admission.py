"""How many orders are open, as fresh as a door must know it, and the door that refuses more before it reads them.

A bound on open orders is a bound on how late they close: by Little's law (Operations Research 9, 1961) orders that are
taken in only while fewer than N are open, of which X a second are closed, are in the lab for N / X seconds at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from common.messages import Unreachable

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOK_S = 0.25  # an ordinary lab is far from its bound
NEAR_S = 0.05  # from half the bound on: whoever closes orders makes room, and the door must see it
NEAR = 0.5
TICKET = "harmony.ticket"


class OpenOrders:
    """Open at the last look of the store, and all that this door has taken in since."""

    def __init__(self, look: Callable[[], Awaitable[int]], open_max: int) -> None:
        """`look` asks the store; it raises Unreachable when that does not answer."""
        self._look, self._open_max = look, open_max
        self.looked = 0  # as the store said
        self._taken = self._known = 0  # by this door in all; before the last look
        self._under_way = 0

    def count(self) -> int:
        """Never too few of what came through this door; one that closed since the last look still counts."""
        return self.looked + self._taken - self._known + self._under_way

    def admit(self) -> Ticket | None:
        """A place for one more, which counts from now on; None when there is none."""
        if self.count() >= self._open_max:
            return None
        self._under_way += 1
        return Ticket(self)

    def settle(self, taken: bool) -> None:
        """A ticket's end."""
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

    def __init__(self, orders: OpenOrders) -> None:
        self._orders: OpenOrders | None = orders

    def settle(self, taken: bool) -> None:
        """The order was taken in, or was not. What is said afterwards changes nothing."""
        if self._orders is not None:
            self._orders.settle(taken)
        self._orders = None


class Admission:
    """Around a door's app: while as many orders are open as may be, another is refused unread.

    Nothing is parsed, so that under overload a refusal costs far less than an order. Whoever takes an order in finds
    its ticket in the request's scope.
    """

    def __init__(self, app: ASGIApp, path: str, orders: OpenOrders, refusal: ASGIApp) -> None:
        """`refusal`: the answer, the same for everybody, made once."""
        self._app, self._path, self._orders, self._refusal = app, path, orders, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self._path:
            await self._app(scope, receive, send)
        elif ticket := self._orders.admit():
            scope[TICKET] = ticket  # the scope itself, not a copy: who is around us reads in it which route was taken
            try:
                await self._app(scope, receive, send)
            finally:
                ticket.settle(taken=False)
        else:
            await self._refusal(scope, receive, send)
