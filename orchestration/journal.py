"""What the engine remembers: for each order its request and the answers so far, one list in Redis, appended at a
position.

Whoever hears an answer appends it, signed, at the position that it believes to be next. If something else stands there
already, be it the same answer in another hand, another replica has gone on with this order, and this one lets go of
it: of two that act on one order only one goes on. Leases only decide who looks after an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from common.crash import Reach, nothing_armed
from common.domain.model import Order
from common.store.coalesce import Coalescer
from common.store.connect import asking
from common.store.script import Script
from common.telemetry.meters import Meters
from orchestration.engine import Given

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from common.settings import Settings

OPEN = "{orchestrator}:open"
OWNED = "{orchestrator}:owned:"
LEASES = "{orchestrator}:leases"
DEAD = "{orchestrator}:dead"
PARKED = "{orchestrator}:parked"
NOBODY = "nobody"  # a replica without a lease: what is in its hands is adopted at somebody's next look
ADOPT_MAX = 256  # orders taken over in one look
ATTEMPTS = "{orchestrator}:attempts:"
ATTEMPTS_S = 86_400  # failed attempts at an order are forgotten after a day without another
DEAD_MAX = 10_000  # entries kept in the dead letters
WHOM = "the journal"


def key(order_id: str) -> str:
    """The list of one order."""
    return f"{{orchestrator}}:saga:{order_id}"


@dataclass(frozen=True, slots=True)
class Opening:
    """The first element of an order's list: what was asked, and by whom it is traced."""

    order: Order
    digest: str
    traceparent: str


@dataclass(slots=True)
class Running:
    """An order under way: how it was opened, and the answers so far."""

    opening: Opening
    answers: list[Given] = field(default_factory=list)
    within: str = ""  # the trace context of what is moving it on, where that is not what opened it

    @property
    def order(self) -> Order:
        """The order."""
        return self.opening.order

    @property
    def traceparent(self) -> str:
        """What whoever is asked next is told."""
        return self.within or self.opening.traceparent


@dataclass(frozen=True, slots=True)
class Line:
    """An answer at its position (0 for the first), and whether it is the order's last."""

    order_id: str
    position: int
    given: Given
    closes: bool = False


@dataclass(frozen=True, slots=True)
class _Signed:
    """How an answer stands in the journal: with the replica that wrote it."""

    operation: str
    accepted: bool
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What the script is asked to write: `what` is open or append, `about` the operation."""

    what: str
    order_id: str
    position: int
    text: str
    closes: bool = False
    about: str = "open"


class Journal:
    """The journal, as one replica of the orchestrator uses it. All methods raise Unreachable."""

    def __init__(
        self, redis: Redis, replica: str, settings: Settings, meters: Meters, reach: Reach = nothing_armed
    ) -> None:
        self._redis = redis
        self._reach = reach
        self._replica = replica
        self._lease_ms = int(settings.lease_s * 1000)
        self._meters = meters
        self._write_script, self._adopt_script, self._hold_script = (
            Script(__package__, name) for name in ("journal.lua", "adopt.lua", "hold.lua")
        )
        self._items = Coalescer(self._write, settings.batch_max)

    async def open(self, opening: Opening) -> Opening:
        """Remember an order, durably. Returns how it was opened first, which is another opening if it is a repeat."""
        text = msgspec.json.encode(opening).decode()
        stands = await self._items.ask(Item("open", opening.order.order_id, 0, text))
        return opening if stands == text else msgspec.json.decode(stands, type=Opening)

    async def append(self, order_id: str, position: int, answer: Given, closes: bool) -> bool:
        """Remember an answer at its position (0 for the first).

        False when somebody else has gone on with this order.
        """
        item = self._item(Line(order_id, position, answer, closes))
        return await self._items.ask(item) == item.text

    async def write(self, lines: Sequence[Line]) -> list[bool]:
        """As `append`, many in one round trip. A line fails when the one before it in the same order fails."""
        items = [self._item(line) for line in lines]
        return [item.text == stands for item, stands in zip(items, await self._write(items), strict=True)]

    def _item(self, line: Line) -> Item:
        given = line.given
        signed = _Signed(given.operation, given.accepted, given.reason, self._replica)
        return Item(
            "append",
            line.order_id,
            line.position + 1,
            msgspec.json.encode(signed).decode(),
            line.closes,
            given.operation,
        )

    async def _write(self, items: Sequence[Item]) -> list[str]:
        if not items:
            return []
        names = [OPEN, OWNED + self._replica, LEASES, PARKED, *(key(item.order_id) for item in items)]
        packed = msgspec.msgpack.encode([(i.what, i.order_id, i.position, i.text, i.closes) for i in items])
        self._reach("journal.before", (item.about for item in items))
        with asking(WHOM):
            stands = await self._write_script.call(self._redis, names, [packed, OWNED])
        self._reach("journal.after", (item.about for item in items))
        self._meters.journal_writes.inc(len(items))
        return [text.decode() for text in stands]

    async def open_count(self) -> int:
        """Orders open in any replica's hands."""
        with asking(WHOM):
            return int(await self._redis.scard(OPEN))

    async def mine(self) -> list[str]:
        """The orders in this replica's hands, also from before it was restarted."""
        with asking(WHOM):
            members: Any = await self._redis.smembers(OWNED + self._replica)
        return [member.decode() for member in members]

    async def adopt(self, most: int = ADOPT_MAX) -> list[str]:
        """Renew the lease, and take over some orders of replicas whose lease has run out."""
        with asking(WHOM):
            arguments = [self._replica, self._lease_ms, most, OWNED]
            return [order.decode() for order in await self._adopt_script.call(self._redis, [LEASES], arguments)]

    async def take_hold(self, order_id: str) -> Running | None:
        """Take an order out of whosever hands it is in, and renew the lease.

        None when it is closed, or unknown, or in the hands of a peer (one whose name begins alike) that is alive.
        """
        peers = self._replica.partition("-")[0] + "-"
        with asking(WHOM):
            names, arguments = [OPEN, LEASES, key(order_id)], [self._replica, self._lease_ms, order_id, OWNED, peers]
            elements = await self._hold_script.call(self._redis, names, arguments)
        return running_of(elements) if elements else None

    async def hand_back(self, order_ids: Sequence[str]) -> None:
        """Leave those of them that are in this replica's hands to whoever adopts first."""
        with asking(WHOM):
            pipeline = self._redis.pipeline(transaction=True)
            for order_id in order_ids:
                pipeline.smove(OWNED + self._replica, OWNED + NOBODY, order_id)
            pipeline.zadd(LEASES, {NOBODY: 0}, nx=True)
            await pipeline.execute()

    async def load(self, order_ids: Sequence[str]) -> list[Running]:
        """Orders as the journal remembers them."""
        with asking(WHOM):
            pipeline = self._redis.pipeline(transaction=False)
            for order_id in order_ids:
                pipeline.lrange(key(order_id), 0, -1)
            lists = await pipeline.execute()
        return [running_of(elements) for elements in lists if elements]

    async def parked(self) -> set[str]:
        """Orders whose undoing was set aside: they wait for a human."""
        with asking(WHOM):
            found: Any = await self._redis.hkeys(PARKED)
        return {order_id.decode() for order_id in found}

    async def unpark(self, order_id: str) -> bool:
        """Have it taken up again, at the next look of whoever has it in hands. False when it was not parked."""
        with asking(WHOM):
            return bool(await self._redis.hdel(PARKED, order_id))

    async def count_attempt(self, order_id: str, operation: str) -> int:
        """Count an attempt that failed, whoever made it and however often it was restarted. How many there were."""
        with asking(WHOM):
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.hincrby(ATTEMPTS + order_id, operation, 1)
            pipeline.expire(ATTEMPTS + order_id, ATTEMPTS_S)
            return int((await pipeline.execute())[0])

    async def forget_attempts(self, order_id: str) -> None:
        """It is done after all, or tried anew."""
        with asking(WHOM):
            await self._redis.delete(ATTEMPTS + order_id)

    async def bury(self, order: Order, operation: str, reason: str, attempts: int, parks: bool) -> None:
        """Set a request aside for a human, with the reason. `parks`: the order waits for a human, too, and one that is
        parked already is not set aside twice. Otherwise it waits for its deadline."""
        fields: dict[Any, Any] = {
            "entry": order.order_id,
            "stream": f"operation {operation}",
            "reason": reason[:500],
            "attempts": attempts,
            "group": "",
            "original:subject": order.order_id,
        }
        with asking(WHOM):
            if await self._redis.hexists(PARKED, order.order_id):
                return
            pipeline = self._redis.pipeline(transaction=True)
            if parks:
                pipeline.hset(PARKED, order.order_id, operation)
            pipeline.xadd(DEAD, fields, maxlen=DEAD_MAX, approximate=True)
            await pipeline.execute()
        self._meters.dead_letters.inc()


def running_of(elements: Sequence[bytes]) -> Running:
    """The order that a list is of: its opening, then the answers."""
    opening = msgspec.json.decode(elements[0], type=Opening)
    return Running(opening, [_given(element) for element in elements[1:]])


def _given(element: bytes) -> Given:
    signed = msgspec.json.decode(element, type=_Signed)
    return Given(signed.operation, signed.accepted, signed.reason)
