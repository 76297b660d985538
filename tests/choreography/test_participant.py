"""One participant on a real server: batches, trouble, poison, what was left behind. Nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from redis.asyncio import Redis

from choreography.participant import Participant
from choreography.payment import REACTIONS
from choreography.streams import heard_streams
from common.domain import inventory, payment, shipping
from common.domain.effect import Effect
from common.domain.model import Order
from common.faults import Fault, Faults
from common.service import Service
from common.settings import Settings
from common.store.commit import Store
from common.store.connect import connect
from common.store.dead_letters import DeadLetters
from common.telemetry.meters import Meters
from common.transport.consumer import Consumer
from common.transport.streams import Inbox
from tests.orders import an_order, wish
from tests.servers import Server
from tests.waiting import until

GROUP = "payment"
HEARD = "{inventory}:events:InventoryUpdated"


class Lab:
    """payment's participant beside a store of inventory that feeds it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.redis: Redis = connect(server.credentials(), decode=True)
        self.faults = Faults()
        self.meters = Meters("choreography", "streams", GROUP)
        self.settings = Settings(claim_idle_s=0.3)
        self._inventory = Store(connect(server.credentials()), "inventory")
        self._tasks: list[asyncio.Task[None]] = []

    async def prepare(self) -> None:
        await self.redis.hset("{inventory}:counters", "stock:sku-0001", "1000000")
        for stream in heard_streams(REACTIONS):
            await self.redis.xgroup_create(stream, GROUP, id="0", mkstream=True)

    def start(self, consumer: str = "payment-1", operations: Any = payment.OPERATIONS) -> asyncio.Task[None]:
        redis = connect(self.server.credentials())
        service = Service(operations, Store(redis, GROUP), self.meters, hold_s=self.faults.delay_s)
        inbox = Inbox(redis, GROUP, consumer, heard_streams(REACTIONS), self.settings.claim_idle_s)
        letters = DeadLetters(redis, GROUP)
        hearing = Consumer(
            Participant(REACTIONS, service, self.settings.batch_max), inbox, letters, self.settings, self.meters
        )
        task = asyncio.create_task(hearing.listen())
        self._tasks.append(task)
        return task

    async def reserve(self, *orders: Order) -> None:
        await self._inventory.commit([wish(inventory.reserve, order) for order in orders])

    async def charged(self) -> int:
        return int(await self.redis.xlen("{payment}:events:OrderPayed"))

    async def pending(self) -> int:
        summary: Mapping[str, Any] = await self.redis.xpending(HEARD, GROUP)
        return int(summary["pending"])

    async def letters(self) -> list[Any]:
        found: Any = await self.redis.xrange("{payment}:dead")
        return list(found)

    async def settled(self, charged: int) -> None:
        async def done() -> bool:
            return await self.charged() == charged and await self.pending() == 0

        await until(done, f"{charged} charged and nothing pending")

    async def stop(self, task: asyncio.Task[None]) -> None:
        while not task.done():  # again and again: see common.process
            task.cancel()
            await asyncio.wait([task], timeout=0.1)

    async def close(self) -> None:
        for task in self._tasks:
            await self.stop(task)
        await self.redis.aclose()


@pytest.fixture
async def lab(embedded: Server) -> AsyncIterator[Lab]:
    made = Lab(embedded)
    await made.prepare()
    yield made
    await made.close()


async def test_a_backlog_is_committed_in_batches_and_acked(lab: Lab) -> None:
    orders = [an_order() for _ in range(200)]
    for start in range(0, 200, 50):
        await lab.reserve(*orders[start : start + 50])
    lab.start()
    await lab.settled(charged=200)
    page = lab.meters.page()[0].decode()
    commits = next(line for line in page.splitlines() if line.startswith("harmony_commit_batch_size_count"))
    assert float(commits.rsplit(" ", 1)[1]) <= 20, "200 entries in batches of up to 64, not one by one"


async def test_a_poison_entry_ends_in_the_dead_letters_and_its_neighbours_pass(lab: Lab) -> None:
    poisons: list[dict[Any, Any]] = [
        {"data": "not json"},
        {"data": '{"order": {"order_id": 7}}'},
        {"no": "data at all"},
        {"data": "[" * 5_000},
        {"data": b"\xff\xfe\x00"},
    ]
    for poison in poisons:
        await lab.reserve(an_order())
        await lab.redis.xadd(HEARD, poison)
    await lab.reserve(an_order())
    lab.start()
    await lab.settled(charged=len(poisons) + 1)
    raw = connect(lab.server.credentials())
    letters: Any = await raw.xrange("{payment}:dead")
    await raw.aclose()
    assert len(letters) == len(poisons)
    for _, letter in letters:
        assert letter[b"stream"].decode() == HEARD
        assert letter[b"reason"]


async def test_with_memory_full_nothing_is_acked_and_nothing_lost(lab: Lab) -> None:
    await lab.reserve(*(an_order() for _ in range(30)))
    await lab.redis.config_set("maxmemory", "1")
    lab.start()

    async def refused() -> bool:
        return "harmony_unreachable_total" in (page := lab.meters.page()[0].decode()) and _value(page) >= 2

    await until(refused, "commits refused for want of memory")
    assert await lab.pending() == 30
    assert await lab.charged() == 0, "nothing is acked before its commit has answered"
    await lab.redis.config_set("maxmemory", "0")
    await lab.settled(charged=30)
    assert await lab.letters() == []


async def test_a_server_killed_under_way_loses_nothing_and_nothing_is_done_twice(fresh_server: Server) -> None:
    lab = Lab(fresh_server)
    await lab.prepare()
    orders = [an_order(quantity=1) for _ in range(400)]
    lab.start()
    for start in range(0, 200, 20):
        await lab.reserve(*orders[start : start + 20])
    await asyncio.to_thread(fresh_server.kill)
    await asyncio.to_thread(fresh_server.start)
    await lab.reserve(*orders)  # the scripts are gone with the server; the first 200 are asked again by their names
    await lab.settled(charged=400)
    assert int(str(await lab.redis.hget("{payment}:counters", "till"))) == 400 * 250
    assert await lab.letters() == []
    await lab.close()


async def test_what_a_dead_peer_left_is_claimed(lab: Lab) -> None:
    await lab.reserve(*(an_order() for _ in range(10)))
    await lab.redis.xreadgroup(GROUP, "payment-2", {HEARD: ">"}, count=10)
    lab.start("payment-1")
    await lab.settled(charged=10)


async def test_a_restarted_participant_first_does_what_was_pending_for_itself(lab: Lab) -> None:
    await lab.reserve(*(an_order() for _ in range(150)))
    await lab.redis.xreadgroup(GROUP, "payment-1", {HEARD: ">"}, count=150)
    lab.settings = Settings(claim_idle_s=60)  # so that claiming cannot help
    lab.start("payment-1")
    await lab.settled(charged=150)


async def test_an_operation_that_always_fails_is_set_aside_after_its_last_attempt_and_blocks_nobody(lab: Lab) -> None:
    def charge(order: Order, reason: str = "") -> Effect:
        if order.customer_id == "broken":
            raise RuntimeError("a bug")
        return payment.charge(order, reason)

    broken, sound = an_order(customer="broken"), [an_order() for _ in range(20)]
    await lab.reserve(sound[0], broken, *sound[1:])
    lab.start(operations=(charge, payment.refund))
    await lab.settled(charged=20)

    async def buried() -> bool:
        return len(await lab.letters()) == 1

    await until(buried, "one dead letter")
    [(_, letter)] = await lab.letters()
    assert letter["attempts"] == str(lab.settings.attempts_max)
    assert await lab.redis.hlen("{payment}:attempts") == 0


async def test_a_slow_decision_does_not_hold_the_others(lab: Lab) -> None:
    lab.faults.inject(Fault(fault="slow", operation="refund", delay_ms=3_000, for_s=60))
    store = Store(connect(lab.server.credentials()), "shipping")
    await store.commit([wish(shipping.recall, an_order(), "deadline")])
    await lab.reserve(*(an_order() for _ in range(30)))
    lab.start()

    async def quick_ones() -> bool:
        return await lab.charged() == 30

    await until(quick_ones, "30 charged beside a slow refund", within_s=2.5)
    assert await lab.redis.xlen("{payment}:events:PaymentRefunded") == 0


async def test_what_is_held_up_for_long_is_kept_from_its_peers(lab: Lab) -> None:
    lab.faults.inject(Fault(fault="slow", operation="charge", delay_ms=2_500, for_s=0.25))
    await lab.reserve(an_order())
    task = lab.start("payment-1")

    async def held() -> bool:
        return await lab.pending() == 1

    await until(held, "the entry is in payment-1's hands")
    began = time.monotonic()
    lab.start("payment-2")

    async def charged() -> bool:
        return await lab.charged() == 1

    await until(charged, "charged at last")
    assert time.monotonic() - began > 2.0, "a peer took it while it was held up"
    await lab.settled(charged=1)
    assert not task.done()
    consumers: Any = await lab.redis.xinfo_consumers(HEARD, GROUP)
    assert all(each["pending"] == 0 for each in consumers)


async def test_the_same_entry_in_two_hands_is_done_once(lab: Lab) -> None:
    await lab.reserve(*(an_order() for _ in range(20)))
    lab.start("payment-1")
    lab.start("payment-2")
    for entry_id, _ in await lab.redis.xrange(HEARD) or []:
        await lab.redis.xclaim(HEARD, GROUP, "payment-2", 0, [str(entry_id)])
    await lab.settled(charged=20)
    assert int(str(await lab.redis.hget("{payment}:counters", "till"))) == 20 * 500


def _value(page: str) -> float:
    line = next(line for line in page.splitlines() if line.startswith("harmony_unreachable_total"))
    return float(line.rsplit(" ", 1)[1])
