"""The unsafe journals are wrong in what their names say; without a switch journal and ways are what they must be."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from common.settings import Settings
from common.store.connect import connect
from common.telemetry.meters import Meters
from orchestration.asking import Asking
from orchestration.commanding import Commanding
from orchestration.engine import Given
from orchestration.journal import Journal, Opening
from orchestration.unsafe import asking_of, commanding_of, journal_of
from tests.orders import an_order
from tests.servers import Server

METERS = Meters("orchestration", "http", "orchestrator")
PLACED, RESERVED = Given("place", True), Given("reserve", True)


@pytest.fixture
async def redis(embedded: Server) -> AsyncIterator[Redis]:
    client = connect(embedded.credentials())
    yield client
    await client.aclose()


def journal(redis: Redis, unsafe: str, replica: str = "orchestrator-1") -> Journal:
    return journal_of(unsafe)(redis, replica, Settings(), METERS)


def test_without_a_switch_all_is_as_it_must_be() -> None:
    assert (journal_of(""), asking_of(""), commanding_of("")) == (Journal, Asking, Commanding)


async def test_without_fencing_whoever_comes_second_goes_on_too(redis: Redis) -> None:
    opening = Opening(an_order(), "", "")
    one, two = journal(redis, "no-fencing"), journal(redis, "no-fencing", "orchestrator-2")
    await one.open(opening)
    assert await one.append(opening.order.order_id, 0, PLACED, closes=False)
    assert await two.append(opening.order.order_id, 0, PLACED, closes=False)
    [running] = await one.load([opening.order.order_id])
    assert running.answers == [PLACED, PLACED]


async def test_a_journal_in_memory_is_gone_with_its_process(redis: Redis) -> None:
    opening = Opening(an_order(), "", "")
    order_id = opening.order.order_id
    alive = journal(redis, "no-journal")
    assert await alive.open(opening) is opening
    for position, given in enumerate((PLACED, RESERVED)):
        assert await alive.append(order_id, position, given, closes=False)
    assert (await alive.mine(), await alive.open_count()) == ([order_id], 1)
    [running] = await alive.load([order_id])
    assert running.answers == [PLACED, RESERVED]
    assert await journal(redis, "no-journal").load([order_id]) == []


async def test_an_order_closed_in_memory_is_in_nobodys_hands(redis: Redis) -> None:
    opening, alive = Opening(an_order(), "", ""), journal(redis, "no-journal")
    await alive.open(opening)
    assert await alive.append(opening.order.order_id, 0, PLACED, closes=True)
    assert await alive.mine() == []
