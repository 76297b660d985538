"""Orders as jobs on a real server: driven to their end, and put in again when whoever held them is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis import Redis

from common.domain.model import Order
from common.store.connect import connect
from common.store.provision import Needs, opening_balance, provision
from common.transport.rq.job import the_queue
from common.transport.rq.queue import JobQueue, client
from common.transport.rq.worker import ThreadWorker
from orchestration.jobs import Conductor, Enqueuing
from orchestration.journal import Journal, Opening
from orchestration.orchestrator import Orchestrator
from tests.orchestration.working import SETTINGS, asker, conductor, meters, start_worker
from tests.orders import an_order
from tests.servers import Server
from tests.waiting import ended, until

EACH = ("order:events:OrderPlaced", "payment:events:OrderPayed", "order:events:OrderCompleted")


@pytest.fixture
def stocked(embedded: Server) -> Server:
    """A server with stock for the orders."""
    provision(embedded.redis(), Needs("orchestration-rq", (), opening_balance(7, 1_000)))
    return embedded


def events(server: Server, name: str) -> int:
    service, rest = name.split(":", 1)
    return int(server.redis().xlen(f"{{{service}}}:{rest}"))


def all_closed(server: Server) -> Callable[[], Awaitable[bool]]:
    async def closed() -> bool:
        return server.redis().scard("{orchestrator}:open") == 0

    return closed


def journal(server: Server) -> Journal:
    return Journal(connect(server.credentials()), "orchestrator-1", SETTINGS, meters())


def enqueuing(server: Server) -> Enqueuing:
    return Enqueuing(JobQueue(server.credentials()), SETTINGS, meters())


def raw(server: Server) -> Redis:
    return client(server.credentials())


@asynccontextmanager
async def running(*loops: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(loop()) for loop in loops]
    try:
        yield
    finally:
        await ended(tasks)


@asynccontextmanager
async def orchestrator(server: Server) -> AsyncIterator[Orchestrator]:
    way = enqueuing(server)
    made = Orchestrator(journal(server), way, SETTINGS)
    async with running(way.watch, made.look_after):
        yield made


@asynccontextmanager
async def worker(server: Server, name: str, hangs_at: str = "") -> AsyncIterator[Conductor]:
    conducting = conductor(server.credentials(), name, asker(server.credentials(), hangs_at=hangs_at))
    working = ThreadWorker(server.credentials(), name, conducting.conduct)
    async with running(conducting.keep, working.listen):
        yield conducting
    await asyncio.to_thread(working.join, 3)


async def accept(entry: Orchestrator, amount: int) -> list[Order]:
    orders = [an_order(sku=f"sku-{number:04d}") for number in range(1, amount + 1)]
    for order in orders:
        await entry.accept(order, "", "")
    return orders


async def test_two_workers_drive_the_orders_of_one_queue_to_their_end_once(stocked: Server) -> None:
    async with orchestrator(stocked) as entry, worker(stocked, "worker-1"), worker(stocked, "worker-2"):
        await accept(entry, 20)
        await until(all_closed(stocked), "all orders are closed")
    assert [events(stocked, name) for name in EACH] == [20, 20, 20]


async def test_the_orders_of_a_killed_worker_are_put_in_again_and_closed(stocked: Server) -> None:
    victim = start_worker(stocked.credentials(), "worker-1", dies_at="ship")
    async with orchestrator(stocked) as entry:
        await accept(entry, 5)
        await asyncio.to_thread(victim.join, 20)
        assert victim.exitcode == -9
        async with worker(stocked, "worker-2"):
            killed = time.monotonic()
            await until(all_closed(stocked), "all orders are closed")
            assert time.monotonic() - killed < 3
    assert [events(stocked, name) for name in EACH] == [5, 5, 5]


async def test_rq_itself_runs_a_killed_workers_job_again_and_nothing_is_done_twice(stocked: Server) -> None:
    order = an_order()
    await journal(stocked).open(Opening(order, "", ""))
    victim = start_worker(stocked.credentials(), "worker-1", dies_at="ship")
    await JobQueue(stocked.credentials()).put({order.order_id: ""}, 1)
    await asyncio.to_thread(victim.join, 20)
    assert victim.exitcode == -9
    async with worker(stocked, "worker-2"):
        await until(all_closed(stocked), "RQ finds the abandoned job", within_s=10)
    assert [events(stocked, name) for name in EACH] == [1, 1, 1]


async def test_a_job_ends_when_a_service_is_silent_and_its_order_is_put_in_again(stocked: Server) -> None:
    async def stuck() -> bool:
        return events(stocked, "inventory:events:InventoryUpdated") == 1

    async with orchestrator(stocked) as entry, worker(stocked, "worker-1", hangs_at="charge"):
        await accept(entry, 1)
        await until(stuck, "the order gets as far as it can")
        async with worker(stocked, "worker-2"):
            await until(all_closed(stocked), "another worker closes it")
    assert [events(stocked, name) for name in EACH] == [1, 1, 1]


async def test_a_job_of_a_closed_or_unknown_order_does_nothing(stocked: Server) -> None:
    conducting = conductor(stocked.credentials(), "worker-1", asker(stocked.credentials()))
    await conducting.conduct(f"{99:032x}", 1)
    order = an_order()
    await journal(stocked).open(Opening(order, "", ""))
    await conducting.conduct(order.order_id, 1)
    await conducting.conduct(order.order_id, 1)
    assert [events(stocked, name) for name in EACH] == [1, 1, 1]


async def test_what_a_live_peer_holds_is_left_to_it(stocked: Server) -> None:
    order, credentials = an_order(), stocked.credentials()
    held = journal(stocked)
    await held.open(Opening(order, "", ""))
    one, two = (Journal(connect(credentials), name, SETTINGS, meters()) for name in ("worker-1", "worker-2"))
    assert await one.take_hold(order.order_id)
    assert await two.take_hold(order.order_id) is None
    assert await held.mine() == []
    await one.hand_back([order.order_id])
    assert await held.adopt() == [order.order_id]


async def test_a_restarted_orchestrator_puts_in_only_what_does_not_wait_yet(stocked: Server) -> None:
    long_ago = [replace(order, placed_ms=order.placed_ms - 60_000) for order in (an_order(), an_order())]
    openings = [Opening(order, "", "") for order in long_ago]
    for opening in openings:
        await journal(stocked).open(opening)
    await JobQueue(stocked.credentials()).put({long_ago[0].order_id: ""}, 1)
    async with orchestrator(stocked):

        async def both() -> bool:
            return len(await JobQueue(stocked.credentials()).waiting()) == 2

        await until(both, "the other is put in, too")
        await asyncio.sleep(2 * SETTINGS.lease_s)  # it has looked often
    assert raw(stocked).llen(the_queue(raw(stocked)).key) == 2


async def test_a_job_that_is_lost_is_put_in_again(stocked: Server) -> None:
    async with orchestrator(stocked) as entry:
        [order] = await accept(entry, 1)

        async def waits() -> bool:
            return order.order_id in await JobQueue(stocked.credentials()).waiting()

        await until(waits, "it waits")
        raw(stocked).delete(the_queue(raw(stocked)).key)
        await until(waits, "it waits again", within_s=3)
