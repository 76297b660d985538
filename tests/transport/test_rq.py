"""Jobs over RQ on a real server: what is a job is performed, and what is none is refused and does nothing."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import pickle
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from common.store.acl import Account, owner
from common.store.binary import find_binary
from common.transport.rq.job import DEAD, AllowedJob, the_queue
from common.transport.rq.queue import JobQueue, client
from common.transport.rq.worker import PerformAsync, ThreadWorker
from tests.servers import Server, running
from tests.waiting import ended, until

ORDER = f"{7:032x}"
numbers = itertools.count(1)
NEEDED = "blmove lrem watch unwatch hincrbyfloat info|server"


class Heard:
    """Orders whose jobs were performed, and the sizes of the jobs."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.sizes: list[int] = []
        self.traces: list[str] = []

    async def perform(self, order_id: str, size: int, traceparent: str) -> None:
        self.orders.append(order_id)
        self.sizes.append(size)
        self.traces.append(traceparent)

    async def has(self, amount: int) -> bool:
        return len(self.orders) >= amount


@asynccontextmanager
async def worker(server: Server, perform: PerformAsync, user: str = "admin") -> AsyncIterator[ThreadWorker]:
    working = ThreadWorker(server.credentials(user), "worker-1", perform)
    listening = asyncio.create_task(working.listen())
    try:
        yield working
    finally:
        await ended([listening])
        await asyncio.to_thread(working.join, 3)


def plant(redis: Redis, data: bytes, **fields: Any) -> None:
    """A job that did not come from us, before any other."""
    whole: Any = {"data": data, "origin": "orders", "status": "queued", **fields}
    name = fresh_name()
    redis.hset(AllowedJob.key_for(name), mapping=whole)
    push(redis, name.encode())


def fresh_name() -> str:
    """A job's name, as ours are."""
    return f"{9:032x}-{next(numbers)}"


def put_text(redis: Redis, text: str) -> None:
    name = fresh_name()
    redis.set(AllowedJob.key_for(name), text)
    push(redis, name.encode())


def push(redis: Redis, name: bytes) -> None:
    redis.rpush(the_queue(redis).key, name)


def called(*parts: object) -> bytes:
    return zlib.compress(json.dumps(parts).encode())


OURS = called("perform", None, [ORDER], {})
FOREIGN: dict[str, Callable[[Redis, str], None]] = {
    "not compressed JSON": lambda redis, path: plant(redis, zlib.compress(pickle.dumps(Explosive(path)))),
    "names the function 'os.mkdir'": lambda redis, path: plant(redis, called("os.mkdir", None, [path], {})),
    "one order's id and nothing else": lambda redis, path: plant(redis, called("perform", None, [path], {})),
    "nothing else": lambda redis, path: plant(redis, called("perform", None, [ORDER, path], {})),
    "order's id": lambda redis, path: plant(redis, called("perform", None, [ORDER], {"path": path})),
    "with one": lambda redis, path: plant(redis, called("perform", "os", [ORDER], {})),
    "does not call": lambda redis, path: plant(redis, zlib.compress(b" " * 10_000_000)),
    "success_callback_name": lambda redis, path: plant(redis, OURS, success_callback_name="os.mkdir"),
    "failure_callback_name": lambda redis, path: plant(redis, OURS, failure_callback_name="os.mkdir"),
    "webhooks": lambda redis, path: plant(redis, OURS, webhooks="[]"),
    "cannot be read": lambda redis, path: plant(redis, OURS, timeout="soon"),
    "not a job": lambda redis, path: put_text(redis, path),
    "not the name of a job": lambda redis, path: push(redis, b"\xff/../" + path.encode()),
}
"""What the reason says -> how such a job is planted."""


class Explosive:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.path,)


async def test_a_job_is_performed_with_the_orders_id_and_its_size(embedded: Server) -> None:
    heard = Heard()
    async with worker(embedded, heard.perform):
        await JobQueue(embedded.credentials()).put({ORDER: ""}, 1)
        await until(lambda: heard.has(1), "the job is performed")
    assert heard.orders == [ORDER]
    assert heard.sizes == [len(json.dumps(["perform", None, [ORDER], {}]))]


async def test_a_job_of_a_traced_order_carries_its_trace(embedded: Server) -> None:
    heard, trace = Heard(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with worker(embedded, heard.perform):
        await JobQueue(embedded.credentials()).put({ORDER: trace}, 1)
        await until(lambda: heard.has(1), "the job is performed")
    assert heard.traces == [trace]


async def test_what_did_not_come_from_us_is_refused_with_the_reason_and_does_nothing(
    embedded: Server, tmp_path: Path
) -> None:
    heard, folder, redis = Heard(), tmp_path / "made", client(embedded.credentials())
    for put in FOREIGN.values():
        put(redis, str(folder))
    async with worker(embedded, heard.perform):
        await JobQueue(embedded.credentials()).put({ORDER: ""}, 1)
        await until(lambda: heard.has(1), "the worker goes on")
    letters: Any = redis.xrange(DEAD)
    reasons = [letter[b"reason"].decode() for _, letter in letters]
    assert heard.orders == [ORDER]
    assert len(reasons) == len(FOREIGN)
    assert all(expected in reason for expected, reason in zip(FOREIGN, reasons, strict=True)), reasons
    assert not folder.exists()
    assert not redis.exists(the_queue(redis).intermediate_queue_key)
    assert not redis.keys(AllowedJob.key_for("*"))


async def test_many_jobs_are_put_in_and_wait_in_order(embedded: Server) -> None:
    jobs = JobQueue(embedded.credentials())
    assert await jobs.oldest_ms() is None
    orders = {f"{number:032x}": "" for number in range(150)}
    await jobs.put(orders, 1_000)
    assert await jobs.oldest_ms() == 1_000
    assert await jobs.waiting() == set(orders)


async def test_a_job_that_fails_is_run_again_by_rq_and_then_given_up(embedded: Server) -> None:
    heard = Heard()

    async def fail(order_id: str, size: int, traceparent: str) -> None:
        await heard.perform(order_id, size, traceparent)
        raise RuntimeError("it fails because the test says so")

    async with worker(embedded, fail):
        await JobQueue(embedded.credentials()).put({ORDER: ""}, 1)
        await until(lambda: heard.has(4), "the job and three retries")


async def test_a_worker_goes_on_when_its_server_is_back(fresh_server: Server) -> None:
    heard, jobs = Heard(), JobQueue(fresh_server.credentials())
    async with worker(fresh_server, heard.perform) as working:

        async def away() -> bool:
            return not working.ready

        await jobs.put({ORDER: ""}, 1)
        await until(lambda: heard.has(1), "the first job")
        fresh_server.kill()
        await until(away, "the worker notices")
        fresh_server.start()
        await jobs.put({ORDER: ""}, 2)
        await until(lambda: heard.has(2), "the second job")


async def test_it_needs_no_more_than_it_is_allowed() -> None:
    may = owner("orchestrator")
    allowed = Account(may.name, (*may.rules, *(f"+{command}" for command in NEEDED.split())))
    with running(find_binary(), allowed) as server:
        heard = Heard()
        async with worker(server, heard.perform, "orchestrator"):
            await JobQueue(server.credentials("orchestrator")).put({ORDER: ""}, 1)
            await until(lambda: heard.has(1), "the job is performed")
        assert server.redis().acl_log() == []
        assert all(str(name).startswith("{orchestrator}:") for name in server.redis().scan_iter())
