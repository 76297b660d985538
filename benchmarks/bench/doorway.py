"""An arm behind its door: orders posted over raw HTTP, so many in flight at any time. The poster is not measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from benchmarks.bench.batch import Batch, Load, Lost, measured
from benchmarks.bench.books import Books, expected
from benchmarks.bench.orders import Orders
from benchmarks.bench.systems import LIMIT_S, pids_of
from common.messages import Unreachable
from common.store.connect import Credentials, connect
from common.store.orders import Closing, OrdersView

CONNECTIONS_MAX = 32
FEED_S, FEED_AGAIN_S = 0.5, 0.05


class Doored:
    """An arm with its door and all its processes, the door's included."""

    def __init__(self, status: Mapping[str, Any], arm: str, admin: Credentials, orders: Orders, in_flight: int) -> None:
        address = urlsplit(status["arms"][arm]["door"])
        self._where = (address.hostname or "", address.port or 0)
        self._admin, self._pids, self._orders, self._in_flight = admin, pids_of(status, arm), orders, in_flight
        self._books = Books(admin)

    async def batch(self, count: int) -> Batch:
        """See System."""
        return await measured(self.load(count), self._pids)

    def load(self, count: int) -> Load:
        """So many orders, about to be posted."""
        bodies, worth = self._orders.posted(count)
        before = self._books.sums()
        inside = asyncio.Event()

        async def work() -> None:
            try:
                async with asyncio.timeout(LIMIT_S):
                    await self._through(bodies, inside)
            except TimeoutError as error:
                raise Lost(f"a batch of {count} was not through after {LIMIT_S:.0f} s") from error

        def balanced() -> bool:
            return self._books.sums().since(before) == expected(worth)

        return Load(count, work, balanced, inside)

    async def _through(self, bodies: Sequence[bytes], inside: asyncio.Event) -> None:
        """Post them all, with at most so many open; return when all are closed."""
        redis = connect(self._admin)
        view = OrdersView(redis, redis)
        cursor = await view.closings_now()
        room = asyncio.Semaphore(self._in_flight)
        waiting = iter(bodies)
        posting = asyncio.gather(*(self._post(waiting, room) for _ in range(self._connections())))
        posting.add_done_callback(lambda _: inside.set())
        try:
            async for closed in _closed(view, cursor, len(bodies)):
                for _ in range(closed):
                    room.release()
                if posting.done():
                    posting.result()  # raises what went wrong at the door
            await posting
        finally:
            posting.cancel()  # nothing to cancel unless the batch is given up
            with suppress(OSError, asyncio.CancelledError):
                await posting
            with suppress(OSError):
                await redis.aclose()

    def _connections(self) -> int:
        return min(self._in_flight, CONNECTIONS_MAX)

    async def _post(self, waiting: Iterator[bytes], room: asyncio.Semaphore) -> None:
        reader, writer = await asyncio.open_connection(*self._where)
        try:
            for body in waiting:  # the last one posted ends it: no room is waited for that nothing would fill
                await room.acquire()
                writer.write(_request(body, "{}:{}".format(*self._where)))
                await _accepted(reader)
        finally:
            writer.close()


async def _closed(view: OrdersView, cursor: str, count: int) -> AsyncIterator[int]:
    """How many more are closed, now and then, until so many are."""
    while count > 0:
        found: list[Closing] = []
        try:
            cursor, found = await view.closings(cursor, FEED_S)
        except Unreachable:  # the server was killed, as some batches want it
            await asyncio.sleep(FEED_AGAIN_S)
        count -= len(found)
        yield len(found)


def _request(body: bytes, host: str) -> bytes:
    head = ("POST /orders HTTP/1.1", f"Host: {host}", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join((*head, "", "")).encode() + body


async def _accepted(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    answer = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 202"):
        raise Lost(f"the door refused an order: {head[:30]!r} {answer[:120]!r}")
