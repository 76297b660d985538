"""The history is read from a real server, by the auditor, and the checkers find in it what services left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import checkers, history
from common.domain import inventory, notification, order, payment, shipping
from common.domain.effect import Operation, service_of
from common.domain.model import Order
from common.store.acl import auditor
from common.store.binary import find_binary
from common.store.commit import Store
from common.store.connect import Credentials, connect
from common.store.provision import Needs, opening_balance, provision
from tests.orders import an_order, wish
from tests.servers import Server, running

ARM = "arm-under-test"
TOLD_NO = (notification.apologise, order.cancel)
COMPLETED = (order.place, inventory.reserve, payment.charge, shipping.ship, notification.confirm, order.complete)
EXPIRED = (*COMPLETED[:3], order.expire, shipping.recall, payment.refund, inventory.release, *TOLD_NO)
DECLINED = (*COMPLETED[:3], inventory.release, *TOLD_NO)


@pytest.fixture(scope="module")
def audited() -> Iterator[Server]:
    """A server with an auditor."""
    with running(find_binary(), auditor()) as server:
        yield server


@pytest.fixture
async def shop(audited: Server) -> AsyncIterator[Shop]:
    """Five services over an empty, provisioned server."""
    with audited.redis() as redis:
        redis.flushall()
        provision(redis, Needs(ARM, (), opening_balance(seed=7, skus=3)))
    made = Shop(audited.credentials())
    yield made
    await made.close()


class Shop:
    """Commits operations, each to the store of its service."""

    def __init__(self, credentials: Credentials) -> None:
        self._redis = connect(credentials)

    async def do(self, placed: Order, *operations: Operation, reason: str = "") -> None:
        """Commit them in turn."""
        for operation in operations:
            await Store(self._redis, service_of(operation)).commit([wish(operation, placed, reason)])

    async def forget(self, stream: str) -> None:
        """Take a stream away, as nobody should."""
        await self._redis.delete(stream)

    async def close(self) -> None:
        """Let the connection go."""
        await self._redis.aclose()


def seen(server: Server) -> history.Snapshot:
    """What the auditor reads."""
    return history.collect(server.credentials("auditor"), ARM)


def failed(snapshot: history.Snapshot, at_rest: bool = True) -> set[str]:
    """Ids of the checks that object."""
    return {check.id for check in checkers.check(snapshot.events, snapshot.state, at_rest=at_rest) if not check.ok}


async def closed_orders(shop: Shop) -> None:
    """One order of three outcomes."""
    await shop.do(an_order(), *COMPLETED)
    await shop.do(an_order(), *EXPIRED, reason="asked")
    await shop.do(an_order(customer="declined-bob"), *DECLINED, reason="payment_declined")


async def test_what_services_commit_passes_every_check(audited: Server, shop: Shop) -> None:
    await closed_orders(shop)
    snapshot = seen(audited)
    assert failed(snapshot) == set()
    assert len(snapshot.events) == len(COMPLETED) + len(EXPIRED) + len(DECLINED)
    assert history.open_orders(audited.credentials("auditor")) == 0


async def test_events_come_in_the_order_of_their_commits_to_the_microsecond(audited: Server, shop: Shop) -> None:
    await shop.do(an_order(), *COMPLETED)
    events = seen(audited).events
    assert [event["type"] for event in events][::5] == ["OrderPlaced", "OrderCompleted"]
    assert all(later["time_ms"] > earlier["time_ms"] for earlier, later in pairwise(events))


async def test_a_stream_that_somebody_removed_leaves_zombies(audited: Server, shop: Shop) -> None:
    await closed_orders(shop)
    await shop.forget("{shipping}:events:OrderShipped")
    assert "no_zombies" in failed(seen(audited))


async def test_open_orders_are_those_placed_and_those_being_undone(audited: Server, shop: Shop) -> None:
    await closed_orders(shop)
    await shop.do(an_order(), *COMPLETED[:2])
    await shop.do(an_order(), *EXPIRED[:5], reason="asked")
    assert history.open_orders(audited.credentials("auditor")) == 2
    assert "every_order_closed" in failed(seen(audited))
    assert failed(seen(audited), at_rest=False) == set()


async def test_rows_are_the_same_after_writing_and_reading(audited: Server, shop: Shop, tmp_path: Path) -> None:
    await closed_orders(shop)
    snapshot = seen(audited)
    history.write(tmp_path, [snapshot])
    assert history.read(tmp_path) == {ARM: snapshot}


def test_a_server_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    nobody = Credentials(f"unix://{tmp_path}/none.sock", "auditor", "unknown")
    with pytest.raises(history.Unreadable, match="cannot read the history"):
        history.open_orders(nobody)
