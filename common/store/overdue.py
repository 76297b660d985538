"""Open orders whose deadline has passed, in the server's time, with the order as it was placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.domain.model import Order
from common.messages import decode_event
from common.store import keys
from common.store.connect import asking

if TYPE_CHECKING:
    from redis.asyncio import Redis

DEADLINES = keys.listing("order", "deadlines")


class Overdue:
    """Reads the order service's own list of deadlines."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def orders(self, most: int) -> list[tuple[Order, str]]:
        """Up to `most` orders past their deadline, oldest first, each with its trace context. Raises Unreachable."""
        with asking("the deadlines"):
            seconds, microseconds = await self._redis.time()
            now_ms = seconds * 1000 + microseconds // 1000
            late: Any = await self._redis.zrangebyscore(DEADLINES, "-inf", now_ms, start=0, num=most)
            if not late:
                return []
            pipeline = self._redis.pipeline(transaction=False)
            for order_id in late:
                pipeline.hget(keys.record("order", order_id.decode()), "op:place")
            answers = [answer.decode().split(" ") for answer in await pipeline.execute() if answer]
            for _, kind, entry in answers:
                pipeline.xrange(keys.events("order", kind), entry, entry)
            entries = [fields for found in await pipeline.execute() for _, fields in found]
        return [
            (decode_event(fields[b"type"].decode(), fields[b"data"]).order, fields[b"traceparent"].decode())
            for fields in entries
        ]
