"""The queue: taskiq's broker on a Redis stream, as whoever puts jobs in uses it, and as a worker does.

A job is an order's id and its trace context, and it may be lost: taskiq acks a job whatever comes of it. What is
closed, and who has which order in hands, knows the journal, and what nobody drives is put in again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from common.messages import Unreachable
from common.store.connect import BLOCK_MS, TIMEOUT_S, UNREACHABLE, Credentials, asking, connect
from common.telemetry import conventions
from common.telemetry.context import is_sampled
from common.telemetry.tracing import Begun, Tracing
from harmony_taskiq.names import AT_ONCE, CLAIM_IDLE_MS, GROUP, LIBRARY, READ_AT_ONCE, STREAM, TASK

WHOM = "taskiq's stream"
RECONNECT_S = 0.2
PENDING_MAX = 1_000  # more than five workers have under way; what is beyond it is seen the next time

Perform = Callable[[str, int, str], Awaitable[None]]
"""Gets an order's id, the size of the job's arguments in bytes, and its trace context, if any."""
PutBack = Callable[[Sequence[str]], Awaitable[None]]
"""Leaves orders to whoever takes them first. Raises Unreachable."""


def broker_of(server: Credentials, name: str) -> RedisStreamBroker:
    """The broker of one process; each command is tried once, and who asked decides what then."""
    return RedisStreamBroker(
        server.url,
        queue_name=STREAM,
        consumer_group_name=GROUP,
        consumer_name=name,
        xread_block=BLOCK_MS,
        xread_count=READ_AT_ONCE,
        unacknowledged_batch_size=READ_AT_ONCE,
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
        return {order_id for _, fields in left if (order_id := order_of(fields))}

    async def _left(self, most: int | None) -> tuple[bytes, Any]:
        """The last entry that was handed out, and (id, fields) of those that were not, oldest first.

        What a worker died with is left to the journal: taskiq-redis claims it only when new jobs come.
        """
        last = await self._last_handed_out()
        return last, await self._redis.xrange(STREAM, min=b"(" + last, count=most)

    async def _last_handed_out(self) -> bytes:
        """Raises Unreachable while the stream or its group is missing: the lab makes both for a server that is new."""
        with suppress(ResponseError):  # there is no such key
            for group in await self._redis.xinfo_groups(STREAM):
                if group["name"] == GROUP.encode():
                    return bytes(group["last-delivered-id"])
        raise Unreachable(f"{WHOM}: its group {GROUP} is not made yet")


def order_of(fields: Mapping[bytes, bytes]) -> str:
    """Whose job an entry is; empty when it is no job of ours."""
    try:
        return str(json.loads(fields[b"data"])["args"][0])
    except (KeyError, ValueError, TypeError, IndexError):
        return ""


class TaskiqWorker:
    """A worker beside an event loop, which performs jobs."""

    def __init__(self, server: Credentials, name: str, perform: Perform, put_back: PutBack) -> None:
        async def drive(order_id: str, traceparent: str) -> None:
            try:
                await perform(order_id, len(order_id) + len(traceparent), traceparent)
            except Unreachable as error:
                logging.warning("order %s is put in again: %s", order_id, error)
            except asyncio.CancelledError:  # we are asked to stop; taskiq would take it for an error of the job
                with suppress(Unreachable):
                    await put_back([order_id])

        self._broker = broker_of(server, name)
        self._broker.is_worker_process = True
        self._broker.register_task(drive, task_name=TASK)
        self._receiver = Receiver(self._broker, max_async_tasks=AT_ONCE, run_startup=False)  # one: it counts the places
        self._redis = connect(server)

    async def listen(self) -> None:
        """Take jobs until cancelled; after any trouble, anew, and what runs goes on."""
        said = ""
        while True:
            try:
                await self._receiver.listen(asyncio.Event())
            except* Exception as trouble:
                if (why := repr(trouble.exceptions[0])) != said:
                    logging.warning("the worker begins anew: %s", why)
                said = why
            with suppress(*UNREACHABLE, ResponseError):
                await self._pass_over()
            await asyncio.sleep(RECONNECT_S)

    async def _pass_over(self) -> None:
        """Ack what has no `data`: taskiq-redis ends at it, and would again whenever it claims it."""
        for each in await self._redis.xpending_range(STREAM, GROUP, "-", "+", PENDING_MAX):
            entry = each["message_id"]
            found: Any = await self._redis.xrange(STREAM, entry, entry)
            if any(b"data" not in fields for _, fields in found):
                await self._redis.xack(STREAM, GROUP, entry)
