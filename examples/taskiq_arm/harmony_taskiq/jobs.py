"""The queue: taskiq's broker on a Redis stream, as whoever puts jobs in uses it, and as a worker does.

A job is an order's id and its trace context. It is delivered at least once, and that is all that is asked of it: what
is closed, and who has which order in hands, knows the journal.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from common.messages import Unreachable
from common.store.connect import BLOCK_MS, TIMEOUT_S, Credentials, asking, connect
from common.telemetry import conventions
from common.telemetry.context import is_sampled
from common.telemetry.tracing import Begun, Tracing
from harmony_taskiq.names import AT_ONCE, CLAIM_IDLE_MS, GROUP, LIBRARY, STREAM, TASK

WHOM = "taskiq's stream"
RECONNECT_S = 0.2

Perform = Callable[[str, int, str], Awaitable[None]]
"""Gets an order's id, the size of the job's arguments in bytes, and its trace context, if any."""


def broker_of(server: Credentials, name: str) -> RedisStreamBroker:
    """The broker of one process; each command is tried once, and who asked decides what then."""
    return RedisStreamBroker(
        server.url,
        queue_name=STREAM,
        consumer_group_name=GROUP,
        consumer_name=name,
        xread_block=BLOCK_MS,
        idle_timeout=CLAIM_IDLE_MS,
        unacknowledged_lock_timeout=TIMEOUT_S,
        username=server.username,
        password=server.password,
        socket_timeout=TIMEOUT_S + BLOCK_MS / 1000,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


class TaskiqJobs:
    """What `orchestration.jobs.Enqueuing` puts its jobs into. All methods raise Unreachable."""

    def __init__(self, server: Credentials, name: str, tracing: Tracing) -> None:
        self._broker = broker_of(server, name)
        self._redis = connect(server)
        self._tracing = tracing

    async def put(self, orders: Mapping[str, str], at_ms: int) -> None:
        """One job for each order (its id, and its trace context), put in at that time."""
        await asyncio.gather(*(self._put(order_id, trace, at_ms) for order_id, trace in orders.items()))

    async def _put(self, order_id: str, trace: str, at_ms: int) -> None:
        span = self._tracing.begin(trace) if is_sampled(trace) else Begun("")
        job_id, why = f"{order_id}-{at_ms}", "cancelled"
        kicker: AsyncKicker[Any, Any] = AsyncKicker(task_name=TASK, broker=self._broker, labels={})
        try:
            await kicker.with_task_id(job_id).kiq(order_id, span.traceparent)
            why = ""
        except SendTaskError as error:
            why = f"Unreachable: {error.__cause__ or error}"
            raise Unreachable(f"{WHOM}: {why}") from error
        finally:
            span.end(conventions.sent(LIBRARY, STREAM, job_id, {conventions.ORDER_ID: order_id}, why))

    async def oldest_ms(self) -> int | None:
        """When the next job was put in, in ms; None when all are handed out. What is acked is dropped."""
        with asking(WHOM):
            last, left = await self._left(1)
            pending = await self._redis.xpending(STREAM, GROUP)
            await self._redis.xtrim(STREAM, minid=pending["min"] or last, approximate=False)
        return int(left[0][0].partition(b"-")[0]) if left else None

    async def waiting(self) -> set[str]:
        """The orders of all jobs that are not handed out."""
        with asking(WHOM):
            _, left = await self._left(None)
        return {str(json.loads(fields[b"data"])["args"][0]) for _, fields in left}

    async def _left(self, most: int | None) -> tuple[bytes, Any]:
        """The last entry that was handed out, and (id, fields) of those that were not, oldest first.

        What a worker died with is left to the journal: taskiq-redis claims it only when new jobs come.
        """
        (group,) = await self._redis.xinfo_groups(STREAM)
        last: bytes = group["last-delivered-id"]
        return last, await self._redis.xrange(STREAM, min=b"(" + last, count=most)


class TaskiqWorker:
    """A worker beside an event loop, which performs jobs."""

    def __init__(self, server: Credentials, name: str, perform: Perform) -> None:
        async def drive(order_id: str, traceparent: str) -> None:
            await perform(order_id, len(order_id) + len(traceparent), traceparent)

        self._broker = broker_of(server, name)
        self._broker.is_worker_process = True
        self._broker.register_task(drive, task_name=TASK)

    async def listen(self) -> None:
        """Take jobs until cancelled; after trouble with the server, anew."""
        while True:
            receiver = Receiver(self._broker, max_async_tasks=AT_ONCE, run_startup=False)
            try:
                await receiver.listen(asyncio.Event())
            except* (RedisError, OSError) as trouble:
                logging.warning("the worker begins anew: %s", trouble.exceptions[0])
                await asyncio.sleep(RECONNECT_S)
