"""The unsafe commits are wrong in what their names say, and only there; without a switch the store is the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from common.domain import inventory, payment
from common.messages import Unreachable
from common.store.commit import SCRIPT, Store
from common.store.connect import connect
from common.store.unsafe_commit import KEPT, SPOILT, PublishingStore, spoilt, store_of
from common.unsafe import SWITCHES, Unsafe, described
from tests.orders import an_order, wish
from tests.servers import Server


@pytest.fixture
async def redis(embedded: Server) -> AsyncIterator[Redis]:
    client = connect(embedded.credentials())
    await client.hset("{inventory}:counters", mapping={"stock:sku-0001": 100})
    yield client
    await client.aclose()


async def till(redis: Redis) -> int:
    found: Any = await redis.hget("{payment}:counters", "till")
    return int(found or 0)


def test_without_a_switch_the_store_is_the_store() -> None:
    client: Any = None
    made = store_of(client, "payment", "")
    assert type(made) is Store


@pytest.mark.parametrize("switch", SPOILT)
def test_every_line_to_be_spoilt_is_in_the_script(switch: str) -> None:
    assert spoilt([SPOILT[switch]]) != SCRIPT


def test_a_line_that_is_not_there_any_more_is_noticed() -> None:
    with pytest.raises(ValueError, match="mend the table"):
        spoilt([("no such line", "")])


def test_switches_are_parsed_and_described_loudly() -> None:
    assert sorted(Unsafe.of(" no-dedupe,maxlen-trim ,")) == ["maxlen-trim", "no-dedupe"]
    assert described("no-dedupe") == [f"UNSAFE no-dedupe: {SWITCHES['no-dedupe']}"]
    assert described("") == []


def test_an_unknown_switch_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="no unsafe switch 'no-dedup': did you mean no-dedupe"):
        Unsafe.of("no-dedup")


async def test_without_dedupe_a_repeated_charge_is_charged_again(redis: Redis) -> None:
    asked = an_order()
    await store_of(redis, "payment", "no-dedupe").commit([wish(payment.charge, asked)] * 2)
    assert await till(redis) == 2 * asked.amount_cents


async def test_without_undo_marks_a_late_charge_after_its_refund_is_accepted(redis: Redis) -> None:
    store, asked = store_of(redis, "payment", "no-undo-marks"), an_order()
    _, charge = await store.commit([wish(payment.refund, asked, "deadline"), wish(payment.charge, asked)])
    assert charge.accepted


async def test_a_stream_trimmed_by_length_keeps_the_last_ones(redis: Redis) -> None:
    store = store_of(redis, "payment", "maxlen-trim")
    await store.commit([wish(payment.charge, an_order()) for _ in range(KEPT + 2)])
    assert await redis.xlen("{payment}:events:OrderPayed") == KEPT


@pytest.mark.parametrize("switch", ["mark-then-effect", "publish-after-commit"])
async def test_two_steps_come_to_the_same_as_one_when_nobody_dies_in_between(redis: Redis, switch: str) -> None:
    store, asked, greedy = store_of(redis, "inventory", switch), an_order(quantity=2), an_order(quantity=999)
    wishes = [wish(inventory.reserve, asked), wish(inventory.reserve, greedy)]
    first, again = await store.commit(wishes), await store.commit(wishes)
    assert [verdict.accepted for verdict in first] == [verdict.accepted for verdict in again] == [True, False]
    assert not any(verdict.first for verdict in again)
    assert await redis.hget("{inventory}:counters", "stock:sku-0001") == b"98"
    assert await redis.xlen("{inventory}:events:InventoryUpdated") == 1
    assert await redis.xlen("{inventory}:events:OutOfStock") == 1


async def test_what_is_barred_leaves_no_mark(redis: Redis) -> None:
    store, asked = store_of(redis, "payment", "mark-then-effect"), an_order()
    await store.commit([wish(payment.refund, asked, "deadline")])
    [charge] = await store.commit([wish(payment.charge, asked)])
    assert not charge.accepted
    assert not await redis.hexists(f"{{payment}}:order:{asked.order_id}", "op:charge")


async def test_whoever_dies_before_publishing_has_changed_its_state_and_told_nobody(redis: Redis) -> None:
    class Dying(PublishingStore):
        async def publish(self, *_: object) -> None:
            raise Unreachable("died")

    asked = an_order()
    with pytest.raises(Unreachable, match="died"):
        await Dying(redis, "payment", spoilt([SPOILT["publish-after-commit"]])).commit([wish(payment.charge, asked)])
    assert await till(redis) == asked.amount_cents
    assert await redis.xlen("{payment}:events:OrderPayed") == 0


async def test_a_lost_reply_makes_a_second_entry(redis: Redis) -> None:
    store = store_of(redis, "payment", "xadd-retry")
    await store.commit([wish(payment.charge, an_order()) for _ in range(100)])
    assert await redis.xlen("{payment}:events:OrderPayed") > 100
