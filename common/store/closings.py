"""Tells those who wait for an order that it has been closed. Reads the log only while somebody waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from common.messages import Unreachable
from common.patience import pauses
from common.store.orders import Closing, OrdersView

READ_S = 1.0  # how long one read waits for news


class Closings:
    """One reader for all who wait at this process."""

    def __init__(self, view: OrdersView) -> None:
        self._view = view
        self._waiting: dict[str, set[asyncio.Future[Closing]]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """The cursor from which to wait for an order that is about to be placed. Raises Unreachable."""
        return await self._view.closings_now()

    async def wait(self, order_id: str, cursor: str, wait_s: float) -> Closing | None:
        """The order's closing, also one of long ago; None when it did not come in time, or nobody can be asked."""
        future: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._waiting[order_id].add(future)
        try:
            if self._reader is None or self._reader.done():
                self._reader = asyncio.create_task(self._read(cursor))
            seen = await self._view.order(order_id)  # closed before our reader began
            if seen and seen.closed_at and not future.done():
                return Closing(order_id, seen.status, seen.closed_at)
            async with asyncio.timeout(wait_s):
                return await future
        except (TimeoutError, Unreachable):
            return None
        finally:
            self._waiting[order_id].discard(future)
            if not self._waiting[order_id]:
                del self._waiting[order_id]

    async def _read(self, cursor: str) -> None:
        waits = pauses()
        while self._waiting:
            try:
                cursor, found = await self._view.closings(cursor, READ_S)
            except Unreachable:
                await asyncio.sleep(next(waits))
                continue
            for closing in found:
                for future in self._waiting.get(closing.order_id, ()):
                    if not future.done():
                        future.set_result(closing)
