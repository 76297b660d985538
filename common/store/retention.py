"""Drops what is left of orders closed long ago: answers, records and events together, by the lab's administrator.

Orders are dropped in the order in which they were placed, up to the first that is not closed for long enough, or has
an event that a reader has not acked. So one time, the watermark, tells of any order whether it has been dropped; the
commit refuses a late operation on one. What dropped orders took for good goes into the opening balances, which the
audit uses: by what they should have taken, so that money astray stays astray after the order is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from common.domain import inventory, notification, payment, shipping
from common.domain.events import EVENTS, CustomerApologised, CustomerNotified, OrderCompleted
from common.messages import Malformed, decode_event
from common.store import keys

if TYPE_CHECKING:
    from redis import Redis

SERVICES = tuple(dict.fromkeys(event.source for event in EVENTS))
COMMANDS = tuple(stream for service in SERVICES for stream in (keys.commands(service), keys.answers(service)))
STREAMS = (*(keys.events(event.source, event.__name__) for event in EVENTS), *COMMANDS)
TROUBLE = (RedisError, OSError, Malformed)
"""What may go wrong: a server that is away, or holds what cannot be read."""

BATCH_MAX = 200  # orders dropped in one step, which takes some milliseconds
PLACED, CLOSED = keys.listing("order", "placed"), keys.listing("order", "closed")

Balance = Counter[tuple[str, str]]
"""Service and counter -> how much."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one order: where its events are, and what it took for good."""

    order_id: str
    entries: tuple[tuple[str, str], ...]  # stream, entry
    balance: Balance


def drop(redis: Redis, retention_s: float, beside: str = "") -> int:
    """Drop up to BATCH_MAX orders closed for longer than that; returns how many. `redis` gives texts.

    `beside`: what a key begins with that, with the order's id behind it, is dropped too.
    """
    unread = _unread(redis)
    _trim_commands(redis, unread, retention_s)
    ripe = _ripe(redis, retention_s)
    leaving: list[Left] = []
    for order_id in ripe:
        left = _left(redis, order_id)
        if any(_at(entry) >= unread.get(stream, _NEVER) for stream, entry in left.entries):
            break
        leaving.append(left)
    return _forget(redis, leaving, retention_s, beside)


_NEVER = (2**63, 0)


def _ripe(redis: Any, retention_s: float) -> list[str]:
    """The oldest orders, as far as all of them are closed for long enough."""
    seconds, _ = redis.time()
    oldest: Sequence[str] = redis.zrange(PLACED, 0, BATCH_MAX - 1)
    closed: Sequence[float | None] = redis.zmscore(CLOSED, oldest) if oldest else []
    ripe: list[str] = []
    for order_id, closed_ms in zip(oldest, closed, strict=True):
        if closed_ms is None or closed_ms > (seconds - retention_s) * 1000:
            break
        ripe.append(order_id)
    return ripe


def _unread(redis: Any) -> dict[str, tuple[int, int]]:
    """Stream -> the first entry that some reader has not acked yet; streams that nobody reads are not in it."""
    found: dict[str, tuple[int, int]] = {}
    for stream in STREAMS:
        for group in redis.xinfo_groups(stream) if redis.exists(stream) else ():
            first = redis.xpending(stream, group["name"])["min"]
            milliseconds, number = _at(first or group["last-delivered-id"])
            found[stream] = min(
                found.get(stream, _NEVER), (milliseconds, number) if first else (milliseconds, number + 1)
            )
    return found


def _trim_commands(redis: Any, unread: Mapping[str, tuple[int, int]], retention_s: float) -> None:
    """Old commands, and answers that are no news, go once they are acked: what was done says the record."""
    seconds, _ = redis.time()
    old = (int((seconds - retention_s) * 1000), 0)
    for stream in unread.keys() & set(COMMANDS):
        milliseconds, number = min(old, unread[stream])
        redis.xtrim(stream, minid=f"{milliseconds}-{number}", approximate=False)


def _left(redis: Any, order_id: str) -> Left:
    entries: list[tuple[str, str]] = []
    told = []
    for service in SERVICES:
        record: Mapping[str, str] = redis.hgetall(keys.record(service, order_id))
        for name, answer in record.items():
            if name.startswith("op:"):
                _, kind, entry = answer.split(" ")
                stream = keys.events(service, kind)
                entries.append((stream, entry))
                told += [
                    decode_event(kind, fields["data"].encode()) for _, fields in redis.xrange(stream, entry, entry)
                ]
    return Left(order_id, tuple(entries), _balance(told))


def _balance(told: Iterable[Any]) -> Balance:
    balance: Balance = Counter()
    for event in told:
        if isinstance(event, OrderCompleted):
            balance["payment", payment.TILL] += event.order.amount_cents
            balance["shipping", shipping.PARCELS] += 1
            for line in event.order.lines:
                balance["inventory", inventory.stock(line.sku)] -= line.quantity
        elif isinstance(event, CustomerNotified):
            balance["notification", notification.CONFIRMATIONS] += 1
        elif isinstance(event, CustomerApologised):
            balance["notification", notification.APOLOGIES] += 1
    return balance


def _forget(redis: Any, leaving: Sequence[Left], retention_s: float, beside: str) -> int:
    """All in one step. The watermark is the time of the first order that stays; its equals in time stay too.

    It is never younger than the retention time: an order taken in just now may still be on its way to being placed.
    """
    after = redis.zrange(PLACED, len(leaving), len(leaving), withscores=True)
    seconds, _ = redis.time()
    watermark = min([int((seconds - retention_s) * 1000), *(int(placed) for _, placed in after)])
    times = redis.zmscore(PLACED, [left.order_id for left in leaving]) if leaving else []
    gone = [left for left, placed in zip(leaving, times, strict=True) if placed < watermark]
    if not gone:
        return 0
    pipeline = redis.pipeline(transaction=True)
    for left in gone:
        for stream, entry in left.entries:
            pipeline.xdel(stream, entry)
        pipeline.delete(*(keys.record(service, left.order_id) for service in SERVICES))
        if beside:
            pipeline.delete(f"{beside}{left.order_id}")
        pipeline.zrem(PLACED, left.order_id)
        pipeline.zrem(CLOSED, left.order_id)
        for (service, counter), amount in left.balance.items():
            pipeline.hincrby(keys.initial(service), counter, amount)
    for service in SERVICES:
        pipeline.set(keys.watermark(service), watermark)
    pipeline.execute()
    return len(gone)


def _at(entry: str) -> tuple[int, int]:
    milliseconds, _, number = entry.partition("-")
    return int(milliseconds), int(number or 0)
