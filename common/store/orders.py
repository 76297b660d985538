"""Orders as a customer may see them: read from the five services' logs by the door's read-only user, alike in every
arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.domain.events import (
    EVENTS,
    InventoryReleased,
    InventoryUpdated,
    OrderCancelled,
    OrderCompleted,
    OrderPayed,
    OutOfStock,
    PaymentDeclined,
    PaymentRefunded,
)
from common.messages import decode_event
from common.store import keys
from common.store.connect import asking

if TYPE_CHECKING:
    from redis.asyncio import Redis

SERVICES: tuple[str, ...] = tuple(dict.fromkeys(event.source for event in EVENTS))
CLOSING = (keys.events("order", "OrderCompleted"), keys.events("order", "OrderCancelled"))
CLOSINGS_AT_ONCE = 500
DECIDES = (InventoryUpdated, OutOfStock, OrderPayed, PaymentDeclined)
GIVES_BACK = (InventoryReleased, PaymentRefunded)
WHOM = "the services' logs"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of an order, as its service's log has it. `time` is RFC3339, of the server's clock."""

    kind: str
    service: str
    time: str
    data: bytes
    entry: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """What is known of an order; None where nothing is known yet. Times are RFC3339."""

    status: str
    reason: str | None
    amount_cents: int
    placed_at: str | None
    decided_at: str | None
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class Closing:
    """An order that has been closed."""

    order_id: str
    status: str
    closed_at: str


class OrdersView:
    """Read-only. All methods raise Unreachable when the server cannot be asked."""

    def __init__(self, redis: Redis, waiting: Redis) -> None:
        """`waiting` is a client of its own for reads that wait: they must not take the others' connections."""
        self._redis = redis
        self._waiting = waiting

    async def events(self, order_id: str) -> list[Happening]:
        """The order's events, oldest first."""
        with asking(WHOM):
            pipeline = self._redis.pipeline(transaction=False)
            for service in SERVICES:
                pipeline.hgetall(keys.record(service, order_id))
            records = await pipeline.execute()
            pointers = [
                (service, *_pointer(answer))
                for service, record in zip(SERVICES, records, strict=True)
                for field, answer in record.items()
                if field.startswith(b"op:")
            ]
            return sorted(await self._fetch(pointers), key=lambda event: (event.time, event.entry))

    async def _fetch(self, pointers: Sequence[tuple[str, str, str]]) -> list[Happening]:
        pipeline = self._redis.pipeline(transaction=False)
        for service, kind, entry in pointers:
            pipeline.xrange(keys.events(service, kind), entry, entry)
        found = []
        for (service, kind, _), entries in zip(pointers, await pipeline.execute(), strict=True):
            for entry_id, fields in entries:
                found.append(Happening(kind, service, fields[b"time"].decode(), fields[b"data"], entry_id.decode()))
        return found

    async def order(self, order_id: str) -> OrderView | None:
        """The order, or None when no service has heard of it."""
        events = await self.events(order_id)
        return view(events) if events else None

    async def digest(self, order_id: str) -> str | None:
        """The digest that the order was placed with, if it was."""
        with asking(WHOM):
            found: Any = await self._redis.hget(keys.record("order", order_id), "digest")
        return found.decode() if found else None

    async def open_count(self) -> int:
        """Orders placed and not closed, those being undone included."""
        with asking(WHOM):
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zcard(keys.listing("order", "placed"))
            pipeline.zcard(keys.listing("order", "closed"))
            placed, closed = await pipeline.execute()
        return max(0, int(placed) - int(closed))

    async def closings_now(self) -> str:
        """The cursor after which the next closings come."""
        with asking(WHOM):
            pipeline = self._redis.pipeline(transaction=False)
            for stream in CLOSING:
                pipeline.xrevrange(stream, count=1)
            last = [entries[0][0].decode() if entries else "0-0" for entries in await pipeline.execute()]
        return "_".join(last)

    async def closings(self, cursor: str, wait_s: float) -> tuple[str, list[Closing]]:
        """Orders closed after the cursor, waiting for the first; and the next cursor."""
        places = cursor.split("_")
        block = ["BLOCK", max(1, int(wait_s * 1000))] if wait_s > 0 else []
        with asking(WHOM):
            reply: Any = await self._waiting.execute_command(
                "XREAD", "COUNT", CLOSINGS_AT_ONCE, *block, "STREAMS", *CLOSING, *places
            )
        found: list[Closing] = []
        for stream, entries in reply or ():
            position = CLOSING.index(stream.decode())
            places[position] = entries[-1][0].decode()
            found += [_closing(fields) for _, fields in entries]
        return "_".join(places), found


def view(events: Sequence[Happening]) -> OrderView:
    """An order as its events tell it. Needs at least one event."""
    decoded = [(decode_event(event.kind, event.data), event.time) for event in events]
    first = decoded[0][0]
    closed = next(((event, at) for event, at in decoded if isinstance(event, (OrderCompleted, OrderCancelled))), None)
    decisions = [at for event, at in decoded if isinstance(event, DECIDES) or _gave_back(event)]
    status = "open" if closed is None else "completed" if isinstance(closed[0], OrderCompleted) else "cancelled"
    settled = closed is not None or any(isinstance(event, (OrderPayed, OutOfStock)) for event, _ in decoded)
    return OrderView(
        status=status,
        reason=closed[0].reason or None if closed else None,
        amount_cents=first.order.amount_cents,
        placed_at=decoded[0][1],
        decided_at=decisions[-1] if decisions and settled else None,
        closed_at=closed[1] if closed else None,
    )


def _gave_back(event: object) -> bool:
    return (isinstance(event, InventoryReleased) and event.quantity > 0) or (
        isinstance(event, PaymentRefunded) and event.amount_cents > 0
    )


def _pointer(answer: bytes) -> tuple[str, str]:
    _, kind, entry = answer.decode().split(" ")
    return kind, entry


def _closing(fields: Mapping[bytes, bytes]) -> Closing:
    status = "completed" if fields[b"type"] == b"OrderCompleted" else "cancelled"
    return Closing(fields[b"subject"].decode(), status, fields[b"time"].decode())
