"""The journal on a real server: opened once, appended at a position, taken over when its keeper is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from common.settings import Settings
from common.store.connect import connect
from common.telemetry.meters import Meters
from orchestration.engine import Given
from orchestration.journal import Journal, Opening
from tests.orders import an_order
from tests.servers import Server
from tests.waiting import until

METERS = Meters("orchestration", "http", "orchestrator")


@pytest.fixture
async def redis(embedded: Server) -> AsyncIterator[Redis]:
    client = connect(embedded.credentials())
    yield client
    await client.aclose()


def journal(redis: Redis, replica: str = "orchestrator-1") -> Journal:
    return Journal(redis, replica, Settings(lease_s=0.2), METERS)


async def test_an_order_is_opened_once_and_the_first_opening_stands(redis: Redis) -> None:
    first, other = Opening(an_order(), "one", ""), None
    assert await journal(redis).open(first) is first
    other = Opening(first.order, "two", "")
    assert await journal(redis, "orchestrator-2").open(other) == first
    assert await journal(redis).mine() == [first.order.order_id]
    assert await journal(redis, "orchestrator-2").mine() == []


async def test_what_was_appended_is_remembered_in_order(redis: Redis) -> None:
    order, answers = an_order(), [Given("place", True), Given("reserve", False, "out_of_stock")]
    written = journal(redis)
    await written.open(Opening(order, "", ""))
    for position, answer in enumerate(answers):
        assert await written.append(order.order_id, position, answer, closes=False)
    [running] = await journal(redis).load([order.order_id])
    assert running.answers == answers
    assert running.order == order


async def test_an_append_whose_reply_was_lost_may_be_repeated(redis: Redis) -> None:
    order, written = an_order(), journal(redis)
    await written.open(Opening(order, "", ""))
    for _ in range(2):
        assert await written.append(order.order_id, 0, Given("place", True), closes=False)
    [running] = await written.load([order.order_id])
    assert running.answers == [Given("place", True)]


async def test_whoever_comes_second_at_a_position_lets_go(redis: Redis) -> None:
    order, one, two = an_order(), journal(redis), journal(redis, "orchestrator-2")
    await one.open(Opening(order, "", ""))
    assert await one.append(order.order_id, 0, Given("place", True), closes=False)
    assert not await two.append(order.order_id, 0, Given("expire", True), closes=False)


async def test_a_closed_order_is_in_nobodys_hands(redis: Redis) -> None:
    order, written = an_order(), journal(redis)
    await written.open(Opening(order, "", ""))
    assert await written.append(order.order_id, 0, Given("cancel", True), closes=True)
    assert await written.mine() == []
    assert await redis.scard("{orchestrator}:open") == 0


async def test_a_replica_unheard_of_for_its_lease_loses_its_orders_to_a_peer(redis: Redis) -> None:
    orders, dead, peer = [an_order() for _ in range(3)], journal(redis), journal(redis, "orchestrator-2")
    await dead.adopt()
    for order in orders:
        await dead.open(Opening(order, "", ""))
    assert await peer.adopt() == []
    taken: list[str] = []

    async def all_taken() -> bool:
        taken.extend(await peer.adopt())
        return len(taken) == len(orders)

    await until(all_taken, "the peer takes over", within_s=3)
    assert sorted(taken) == sorted(order.order_id for order in orders)
    assert await dead.mine() == []
