"""The commit suite: the same sentences on every server that we support."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from common.domain import inventory, order, payment
from common.domain.events import InventoryReleased, OutOfStock, PaymentRefunded
from common.domain.model import Order, OrderLine
from common.messages import Unreachable
from common.store.commit import Store
from common.store.connect import connect
from tests.orders import an_order, wish
from tests.servers import Server


@pytest.fixture
async def redis(server: Server) -> AsyncIterator[Redis]:
    client = connect(server.credentials(), decode=True)
    await client.hset("{inventory}:counters", mapping={"stock:sku-0001": 5, "stock:sku-0002": 0})
    yield client
    await client.aclose()


async def entries(redis: Redis, service: str, kind: str) -> list[Any]:
    found: Any = await redis.xrange(f"{{{service}}}:events:{kind}")
    return list(found)


async def on_hand(redis: Redis) -> int:
    return int(str(await redis.hget("{inventory}:counters", "stock:sku-0001")))


async def test_an_accepted_effect_changes_the_store_and_announces_its_event(redis: Redis) -> None:
    asked = an_order(quantity=2)
    [verdict] = await Store(redis, "inventory").commit([wish(inventory.reserve, asked)])
    assert verdict.accepted
    assert verdict.first
    assert await on_hand(redis) == 3
    [(entry_id, fields)] = await entries(redis, "inventory", "InventoryUpdated")
    assert fields["subject"] == asked.order_id
    assert fields["id"] == f"{asked.order_id}/reserve"
    remembered = await redis.hget(f"{{inventory}}:order:{asked.order_id}", "op:reserve")
    assert remembered == f"1 InventoryUpdated {entry_id}"


async def test_asking_again_gives_the_first_answer_and_changes_nothing(redis: Redis) -> None:
    store, asked, greedy = Store(redis, "inventory"), an_order(quantity=2), an_order(quantity=9)
    first = await store.commit([wish(inventory.reserve, asked), wish(inventory.reserve, greedy)])
    again = await store.commit([wish(inventory.reserve, greedy), wish(inventory.reserve, asked)])
    assert [verdict.accepted for verdict in first] == [True, False]
    assert [verdict.accepted for verdict in again] == [False, True]
    assert not any(verdict.first for verdict in again)
    assert isinstance(again[0].event, OutOfStock)
    assert await on_hand(redis) == 3
    assert len(await entries(redis, "inventory", "InventoryUpdated")) == 1
    assert len(await entries(redis, "inventory", "OutOfStock")) == 1


async def test_a_wish_named_twice_in_one_batch_is_granted_once(redis: Redis) -> None:
    asked = an_order(quantity=2)
    verdicts = await Store(redis, "inventory").commit([wish(inventory.reserve, asked)] * 3)
    assert [verdict.first for verdict in verdicts] == [True, False, False]
    assert await on_hand(redis) == 3


async def test_a_refused_take_takes_nothing_of_the_other_items_either(redis: Redis) -> None:
    template = an_order()
    lines = (OrderLine("sku-0001", 2, 100), OrderLine("sku-0002", 1, 100))
    mixed = Order(template.order_id, "alice", lines, "Street 1", template.placed_ms, template.deadline_ms)
    [verdict] = await Store(redis, "inventory").commit([wish(inventory.reserve, mixed)])
    assert not verdict.accepted
    assert await on_hand(redis) == 5


async def test_a_late_charge_after_its_refund_is_rejected(redis: Redis) -> None:
    store, asked = Store(redis, "payment"), an_order()
    [refund] = await store.commit([wish(payment.refund, asked, "deadline")])
    assert isinstance(refund.event, PaymentRefunded)
    assert refund.event.amount_cents == 0
    [charge] = await store.commit([wish(payment.charge, asked)])
    assert not charge.accepted
    assert charge.event is None
    assert await redis.hget("{payment}:counters", "till") is None
    assert await entries(redis, "payment", "OrderPayed") == []


async def test_undoing_gives_back_exactly_what_was_taken_and_once(redis: Redis) -> None:
    store, asked = Store(redis, "inventory"), an_order(quantity=2)
    await store.commit([wish(inventory.reserve, asked)])
    [release, again] = await store.commit([wish(inventory.release, asked, "x")] * 2)
    assert isinstance(release.event, InventoryReleased)
    assert release.event.quantity == 2
    assert not again.first
    assert await on_hand(redis) == 5


async def test_undoing_a_refused_doing_gives_nothing_back(redis: Redis) -> None:
    store, asked = Store(redis, "inventory"), an_order(quantity=9)
    [_, release] = await store.commit([wish(inventory.reserve, asked), wish(inventory.release, asked)])
    assert isinstance(release.event, InventoryReleased)
    assert release.event.quantity == 0
    assert await on_hand(redis) == 5


@pytest.mark.parametrize("winner", [order.complete, order.expire])
async def test_complete_and_expire_exclude_each_other(redis: Redis, winner: Any) -> None:
    store, asked = Store(redis, "order"), an_order()
    loser = order.expire if winner is order.complete else order.complete
    await store.commit([wish(order.place, asked)])
    won, lost = await store.commit([wish(winner, asked, "deadline"), wish(loser, asked, "deadline")])
    assert (won.accepted, lost.accepted) == (True, False)
    assert lost.event is None
    assert await redis.zcard("{order}:deadlines") == 0


async def test_an_order_that_expired_before_it_was_placed_is_never_placed(redis: Redis) -> None:
    store, asked = Store(redis, "order"), an_order()
    [expire] = await store.commit([wish(order.expire, asked, "deadline")])
    [place] = await store.commit([wish(order.place, asked)])
    assert expire.accepted
    assert not place.accepted
    assert place.event is None
    assert await redis.hget(f"{{order}}:order:{asked.order_id}", "status") == "expired"


async def test_placing_puts_the_deadline_in_the_same_commit_and_closing_takes_it_out(redis: Redis) -> None:
    store, asked = Store(redis, "order"), an_order()
    await store.commit([wish(order.place, asked)])
    assert await redis.zscore("{order}:deadlines", asked.order_id) == asked.deadline_ms
    await store.commit([wish(order.cancel, asked, "out_of_stock")])
    assert await redis.zcard("{order}:deadlines") == 0
    assert await redis.zcard("{order}:closed") == 1
    assert await redis.hget(f"{{order}}:order:{asked.order_id}", "reason") == "out_of_stock"


async def test_an_operation_on_a_dropped_order_is_refused(redis: Redis) -> None:
    asked = an_order()
    await redis.set("{payment}:watermark", asked.placed_ms + 1)
    [charge] = await Store(redis, "payment").commit([wish(payment.charge, asked)])
    assert not charge.accepted
    assert charge.event is None


async def test_the_time_of_an_event_is_the_servers_own_to_the_microsecond(redis: Redis) -> None:
    await Store(redis, "payment").commit([wish(payment.charge, an_order())])
    [(entry_id, fields)] = await entries(redis, "payment", "OrderPayed")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", fields["time"])
    told_ms = datetime.fromisoformat(fields["time"]).timestamp() * 1000
    assert abs(told_ms - int(entry_id.split("-")[0])) <= 2
    assert abs(told_ms - datetime.now(UTC).timestamp() * 1000) < 60_000


async def test_a_server_that_forgot_its_scripts_is_told_them_again(redis: Redis) -> None:
    store = Store(redis, "payment")
    await store.commit([wish(payment.charge, an_order())])
    await redis.script_flush()
    [verdict] = await store.commit([wish(payment.charge, an_order())])
    assert verdict.accepted


async def test_with_memory_full_nothing_is_decided_and_nothing_changed(redis: Redis) -> None:
    store, asked = Store(redis, "payment"), an_order()
    await store.commit([wish(payment.charge, an_order())])
    before = await redis.hgetall("{payment}:counters")
    await redis.config_set("maxmemory", "1")
    with pytest.raises(Unreachable, match="memory"):
        await store.commit([wish(payment.charge, asked)])
    await redis.config_set("maxmemory", "0")
    assert await redis.hgetall("{payment}:counters") == before
    assert await redis.exists(f"{{payment}}:order:{asked.order_id}") == 0
    [verdict] = await store.commit([wish(payment.charge, asked)])
    assert verdict.accepted
    assert verdict.first


UNSTORABLE: dict[str, Any] = {
    "no value": (("note", None),),
    "no value before others": (("note", None), ("other", "x")),
    "no name": ((None, "x"),),
    "too many": tuple((f"field-{number}", "x") for number in range(4_000)),
}


@pytest.mark.parametrize("put", UNSTORABLE.values(), ids=UNSTORABLE)
async def test_what_no_record_can_hold_changes_and_announces_nothing_of_its_batch(redis: Redis, put: Any) -> None:
    store, asked = Store(redis, "payment"), an_order()
    sound = wish(payment.charge, an_order())
    with pytest.raises(ResponseError, match="charge puts what no record holds"):
        await store.commit([sound, replace(wish(payment.charge, asked), put=put)])
    assert await redis.keys("*payment*") == []
    verdicts = await store.commit([sound, wish(payment.charge, asked)])
    assert [(verdict.accepted, verdict.first) for verdict in verdicts] == [(True, True)] * 2
    assert len(await entries(redis, "payment", "OrderPayed")) == 2


async def test_what_was_committed_outlives_a_killed_server(fresh_server: Server) -> None:
    redis = connect(fresh_server.credentials(), decode=True)
    store, asked = Store(redis, "payment"), an_order()
    await store.commit([wish(payment.charge, asked)])
    await asyncio.to_thread(fresh_server.kill)
    with pytest.raises(Unreachable):
        await store.commit([wish(payment.charge, asked)])
    await asyncio.to_thread(fresh_server.start)
    [again] = await store.commit([wish(payment.charge, asked)])  # the script is gone with the server: told again
    assert again.accepted
    assert not again.first
    assert await redis.hget("{payment}:counters", "till") == str(asked.amount_cents)
    await redis.aclose()
