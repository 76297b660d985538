"""What puts jobs into the queue, and looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry as Repeat
from rq import Retry

from common.messages import TRACEPARENT, Unreachable
from common.store.connect import BLOCK_MS, TIMEOUT_S, Credentials, asking
from common.telemetry import conventions
from common.telemetry.context import is_sampled
from common.telemetry.tracing import NOTHING_TRACED, Tracing
from common.transport.rq.job import FAILURE_S, JOB_ID, JOB_S_MAX, PERFORM, QUEUE, the_queue

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

    def __init__(self, credentials: Credentials, tracing: Tracing = NOTHING_TRACED) -> None:
        self._tracing = tracing
        self._redis = client(credentials)
        self._queue = the_queue(self._redis)

    async def put(self, orders: Mapping[str, str], at_ms: int) -> None:
        """One job for each order (its id, and its trace context), put in at that time. Many go in one round trip."""
        traced = {order_id: self._tracing.begin(trace) for order_id, trace in orders.items() if is_sampled(trace)}
        jobs = [self._job(each, at_ms, traced[each].traceparent if each in traced else "") for each in orders]
        why = "cancelled"
        try:
            await asyncio.to_thread(self._put, jobs)
            why = ""
        except Unreachable as error:
            why = f"Unreachable: {error}"
            raise
        finally:
            for order_id, span in traced.items():
                told = {conventions.ORDER_ID: order_id}
                span.end(conventions.sent("rq", QUEUE, f"{order_id}-{at_ms}", told, why))

    async def oldest_ms(self) -> int | None:
        """When the next job was put in, in ms; None when the queue is empty."""
        return await asyncio.to_thread(self._oldest_ms)

    async def waiting(self) -> set[str]:
        """The orders of all jobs in the queue."""
        return await asyncio.to_thread(self._waiting)

    def _put(self, jobs: Sequence[Any]) -> None:
        with asking(WHOM):
            for first in range(0, len(jobs), PUSH_MAX):
                self._queue.enqueue_many(jobs[first : first + PUSH_MAX])

    def _job(self, order_id: str, at_ms: int, traceparent: str) -> Any:
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
            meta={TRACEPARENT: traceparent} if traceparent else None,
        )

    def _oldest_ms(self) -> int | None:
        with asking(WHOM):
            oldest: Any = self._redis.lindex(self._queue.key, 0)
        return int(oldest.partition(b"-")[2]) if oldest and JOB_ID.fullmatch(oldest) else None

    def _waiting(self) -> set[str]:
        with asking(WHOM):
            names: Any = self._redis.lrange(self._queue.key, 0, -1)
        return {name.partition(b"-")[0].decode() for name in names if JOB_ID.fullmatch(name)}
