"""The taskiq arm's queue alone, against a real server: it may lose a job, and neither ends by it nor doubles one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import pytest
from redis import Redis

from common.messages import Unreachable
from common.store.connect import BLOCK_MS
from common.telemetry.tracing import NOTHING_TRACED
from tests.arms.registered import registered
from tests.servers import Server
from tests.waiting import ended, until

STREAM, GROUP = "{orchestrator}:jobs", "orchestrator"
NOT_OURS: tuple[dict[Any, Any], ...] = ({"data": "not json"}, {"no": "data"}, {"data": "{}"})


@pytest.fixture(scope="module")
def taskiq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with registered("taskiq_arm", tmp_path_factory.mktemp("site")):
        yield import_module("harmony_taskiq.jobs")


@pytest.fixture
def redis(embedded: Server) -> Redis:
    return embedded.redis()


@pytest.fixture
def jobs(taskiq: Any, embedded: Server) -> Any:
    return taskiq.TaskiqJobs(embedded.credentials(), "orchestrator-1", NOTHING_TRACED)


class Performing:
    """What a worker performs: each job waits until it may end."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.put_back: list[str] = []
        self.may_end = asyncio.Event()

    async def perform(self, order_id: str, size: int, traceparent: str) -> None:
        self.begun.append(order_id)
        await self.may_end.wait()
        if order_id.startswith("away"):
            raise Unreachable("the server is away")

    async def leave(self, order_ids: list[str]) -> None:
        self.put_back += order_ids


@asynccontextmanager
async def working(taskiq: Any, server: Server) -> AsyncIterator[Performing]:
    """A worker that listens; at the end it is stopped as its process stops it: all that runs is cancelled."""
    performing, before = Performing(), asyncio.all_tasks()
    worker = taskiq.TaskiqWorker(server.credentials(), "worker-1", performing.perform, performing.leave)
    asyncio.get_running_loop().create_task(worker.listen(), name="worker")
    try:
        yield performing
    finally:
        await ended(asyncio.all_tasks() - before)


async def test_a_stream_or_a_group_that_is_missing_is_trouble_that_passes(jobs: Any, redis: Redis) -> None:
    for make in (lambda: None, lambda: redis.xgroup_create(STREAM, "another", mkstream=True)):
        make()
        for ask in (jobs.oldest_ms, jobs.waiting):
            with pytest.raises(Unreachable, match="its group orchestrator is not made yet"):
                await ask()
    redis.xgroup_create(STREAM, GROUP)
    assert (await jobs.oldest_ms(), await jobs.waiting()) == (None, set())


async def test_what_is_no_job_of_ours_is_passed_over(taskiq: Any, embedded: Server, jobs: Any, redis: Redis) -> None:
    redis.xgroup_create(STREAM, GROUP, mkstream=True)
    for fields in NOT_OURS:
        redis.xadd(STREAM, fields)
    await jobs.put({"an order": ""}, 1)
    assert await jobs.waiting() == {"an order"}
    async with working(taskiq, embedded) as performing:
        performing.may_end.set()
        await until(lambda: _true(performing.begun == ["an order"]), "the job behind it is performed")
        await until(lambda: _true(_pending(redis) == 0), "nothing of it is left in hands")


async def test_a_full_worker_leaves_the_rest_to_others_also_after_it_began_anew(
    taskiq: Any, embedded: Server, jobs: Any, redis: Redis
) -> None:
    redis.xgroup_create(STREAM, GROUP, mkstream=True)
    orders = [f"order {number}" for number in range(taskiq.AT_ONCE + 20)]
    async with working(taskiq, embedded) as performing:
        await jobs.put(dict.fromkeys(orders[:60], ""), 1)
        await until(lambda: _true(len(performing.begun) == 60), "the first are performed")
        redis.xadd(STREAM, {"no": "data"})  # at which it begins anew
        await jobs.put(dict.fromkeys(orders[60:], ""), 1)
        await until(lambda: _true(_reads_no_more(redis)), "it is full")
        assert len(set(performing.begun)) == len(performing.begun) == _pending(redis) == taskiq.AT_ONCE
        assert len(await jobs.waiting()) == 20
        performing.may_end.set()
        await until(lambda: _true(set(performing.begun) == set(orders)), "the others, too")


async def test_a_job_that_ends_early_leaves_a_line_and_no_traceback(
    taskiq: Any, embedded: Server, jobs: Any, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    redis.xgroup_create(STREAM, GROUP, mkstream=True)
    async with working(taskiq, embedded) as performing:
        performing.may_end.set()
        await jobs.put({"away": ""}, 1)
        await until(lambda: _true("order away is put in again: the server is away" in caplog.text), "it is said")
        performing.may_end.clear()
        await jobs.put({"in hands": ""}, 1)
        await until(lambda: _true("in hands" in performing.begun), "it is in hands")
    assert performing.put_back == ["in hands"], "a worker that is asked to stop leaves it to others"
    assert "Traceback" not in caplog.text
    assert _pending(redis) == 0


async def _true(now: bool) -> bool:
    return now


def _pending(redis: Redis) -> int:
    told: Any = redis.xpending(STREAM, GROUP)
    return int(told["pending"])


def _reads_no_more(redis: Redis) -> bool:
    (consumer,) = redis.xinfo_consumers(STREAM, GROUP)
    return int(consumer["idle"]) > 1.2 * BLOCK_MS
