"""Commanding on a real server: answers that come twice, together, late, or to a replica that knows nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from common.domain.effect import name_of
from common.settings import Settings
from common.store.connect import connect
from common.telemetry.meters import Meters
from common.transport.commands import Command
from orchestration.commanding import Commanding, Heard
from orchestration.engine import Given
from orchestration.journal import Journal, Opening, Running
from orchestration.saga import ORDER_SAGA
from tests.orders import an_order
from tests.servers import Server

METERS = Meters("orchestration", "streams", "orchestrator")


class Replica:
    """One replica, and what it has sent."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.sent: list[str] = []
        self.journal = Journal(redis, name, Settings(), METERS)
        self.commanding = Commanding(ORDER_SAGA, self.journal, self._send, Settings(), METERS)

    async def _send(self, commands: Sequence[Command]) -> None:
        self.sent += [command.request.operation for command in commands]


@pytest.fixture
async def redis(embedded: Server) -> AsyncIterator[Redis]:
    client = connect(embedded.credentials())
    yield client
    await client.aclose()


async def opened(replica: Replica, *answers: str) -> Opening:
    opening = Opening(an_order(), "", "")
    await replica.journal.open(opening)
    for position, operation in enumerate(answers):
        assert await replica.journal.append(opening.order.order_id, position, Given(operation, True), closes=False)
    return opening


async def answers(replica: Replica, opening: Opening) -> list[str]:
    [running] = await replica.journal.load([opening.order.order_id])
    return [answer.operation for answer in running.answers]


def heard(opening: Opening, operation: str, again: bool = False) -> Heard:
    return Heard(opening.order.order_id, Given(operation, True), again)


async def test_an_answer_heard_twice_in_one_batch_is_written_down_once(redis: Redis) -> None:
    one = Replica(redis, "orchestrator-1")
    opening = await opened(one, "place")
    await one.commanding.together([heard(opening, "reserve"), heard(opening, "reserve", again=True)])
    assert await answers(one, opening) == ["place", "reserve"]
    assert one.sent == ["charge"]


async def test_an_answer_heard_again_sends_what_follows_again_and_a_mere_repeat_does_not(redis: Redis) -> None:
    one = Replica(redis, "orchestrator-1")
    opening = await opened(one, "place", "reserve")
    await one.commanding.together([heard(opening, "reserve")])
    assert one.sent == []
    await one.commanding.together([heard(opening, "reserve", again=True)])
    assert one.sent == ["charge"]


async def test_a_replica_goes_on_with_what_another_has_begun_and_loses_no_answer_to_it(redis: Redis) -> None:
    one, two = Replica(redis, "orchestrator-1"), Replica(redis, "orchestrator-2")
    opening = await opened(one, "place", "reserve")
    one.commanding.take([Running(opening, [Given("place", True), Given("reserve", True)])])
    await two.commanding.together([heard(opening, "charge")])
    assert two.sent == ["ship"]
    await one.commanding.together([heard(opening, "expire")])  # it knows of two answers, and there are three
    assert await answers(one, opening) == ["place", "reserve", "charge", "expire"]
    assert one.sent[-1] == "recall"


async def test_an_answer_for_an_order_dropped_long_ago_is_dropped_too(redis: Redis) -> None:
    one = Replica(redis, "orchestrator-1")
    gone = Opening(an_order(), "", "")
    one.commanding.take([Running(gone)])
    await one.commanding.together([heard(gone, name_of(ORDER_SAGA.steps[0].do))])
    assert await one.journal.load([gone.order.order_id]) == []
