"""What puts jobs into the queue, and looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry as Repeat
from rq import Retry

from common.store.connect import BLOCK_MS, TIMEOUT_S, Credentials, asking
from common.transport.rq.job import FAILURE_S, JOB_ID, JOB_S_MAX, PERFORM, the_queue

RETRIES = 3  # by RQ itself, of a job whose worker died
PUSH_MAX = 64  # jobs in one round trip
WHOM = "the job queue"


def client(credentials: Credentials) -> Redis:
    """A blocking client that tries each command once; RQ wants bytes."""
    return Redis.from_url(
        credentials.url,
        username=credentials.username,
        password=credentials.password,
        socket_timeout=TIMEOUT_S + BLOCK_MS / 1000,
        socket_connect_timeout=TIMEOUT_S,
        retry=Repeat(NoBackoff(), 0),
        protocol=2,
    )


class JobQueue:
    """The queue as whoever puts jobs in uses it. All methods raise Unreachable."""

    def __init__(self, credentials: Credentials) -> None:
        self._redis = client(credentials)
        self._queue = the_queue(self._redis)

    async def put(self, orders: Mapping[str, int]) -> None:
        """One job for each order: its id, and when it is put in, in ms. Many go in one round trip."""
        await asyncio.to_thread(self._put, list(orders.items()))

    async def oldest_ms(self) -> int | None:
        """When the next job was put in, in ms; None when the queue is empty."""
        return await asyncio.to_thread(self._oldest_ms)

    async def waiting(self) -> set[str]:
        """The orders of all jobs in the queue."""
        return await asyncio.to_thread(self._waiting)

    def _put(self, orders: Sequence[tuple[str, int]]) -> None:
        with asking(WHOM):
            for first in range(0, len(orders), PUSH_MAX):
                self._queue.enqueue_many([self._job(*each) for each in orders[first : first + PUSH_MAX]])

    def _job(self, order_id: str, at_ms: int) -> Any:
        return self._queue.prepare_data(
            PERFORM,
            [order_id],
            {},
            timeout=JOB_S_MAX,
            result_ttl=0,
            failure_ttl=FAILURE_S,
            description=order_id,
            job_id=f"{order_id}-{at_ms}",
            retry=Retry(RETRIES),
        )

    def _oldest_ms(self) -> int | None:
        with asking(WHOM):
            oldest: Any = self._redis.lindex(self._queue.key, 0)
        return int(oldest.partition(b"-")[2]) if oldest and JOB_ID.fullmatch(oldest) else None

    def _waiting(self) -> set[str]:
        with asking(WHOM):
            names: Any = self._redis.lrange(self._queue.key, 0, -1)
        return {name.partition(b"-")[0].decode() for name in names if JOB_ID.fullmatch(name)}
