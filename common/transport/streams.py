"""Entries from Redis streams, for one consumer of one group, none of them lost on the way.

A reply that never arrives leaves its entries pending, so after every failure the consumer first reads what is pending
for itself; what dead peers left is claimed after a time. An ack is sent only after its commit has answered, in the
round trip of the next read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from common.crash import Reach, nothing_armed
from common.domain.events import Event
from common.messages import TRACEPARENT, Malformed, Unreachable, decode_event
from common.store.connect import BLOCK_MS, asking, fields_of

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import Pipeline

START = b"0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream. `again` means that it was handed out before: to us, or to a peer that died."""

    stream: str
    entry_id: bytes
    fields: Mapping[str, bytes]
    again: bool = False

    @property
    def name(self) -> tuple[str, bytes]:
        """What names it among all streams."""
        return self.stream, self.entry_id

    def within(self, traceparent: str) -> Entry:
        """The same, as part of another span."""
        return replace(self, fields={**self.fields, TRACEPARENT: traceparent.encode()})

    @property
    def about(self) -> str:
        """The operation that it tells of, or asks for."""
        return self.fields.get("id", b"").decode("utf-8", "replace").rpartition("/")[2]


def event_of(entry: Entry) -> Event:
    """The event that an entry of an event stream announces.

    Raises Malformed when it is not what the owner of that stream would write: another source, type, name or order.
    """
    stream_owner, _, kind = entry.stream.partition(":events:")
    event = decode_event(kind, _field(entry, "data").encode())
    _field(entry, "time")
    claims = {"type": kind, "source": event.source, "subject": event.order.order_id}
    for name, expected in claims.items():
        if _field(entry, name) != expected:
            raise Malformed(f"an entry of {entry.stream} whose {name} is {_field(entry, name)[:60]!r}: forged")
    if stream_owner != f"{{{event.source}}}" or _field(entry, "id") != f"{event.order.order_id}/{event.by}":
        raise Malformed(f"an entry of {entry.stream} named {_field(entry, 'id')[:60]!r}: forged")
    return event


def trace_of(entry: Entry) -> str:
    """The trace context that an entry belongs to; empty when it says none."""
    return entry.fields.get(TRACEPARENT, b"").decode("ascii", "replace")


def _field(entry: Entry, name: str) -> str:
    try:
        return entry.fields[name].decode()
    except (KeyError, UnicodeDecodeError) as error:
        raise Malformed(f"an entry of {entry.stream} has no readable {name}") from error


class Inbox:
    """The streams that one consumer hears."""

    def __init__(
        self,
        redis: Redis,
        group: str,
        consumer: str,
        streams: Sequence[str],
        claim_idle_s: float,
        reach: Reach = nothing_armed,
    ) -> None:
        self._redis = redis
        self._reach = reach
        self.group = group
        self._consumer = consumer
        self._streams = tuple(streams)
        self._claim_idle_ms = int(claim_idle_s * 1000)
        self._done: list[Entry] = []
        self._held: set[tuple[str, bytes]] = set()
        self._own: dict[str, bytes] = {}  # where we are in what is pending for ourselves, while we look through it
        self._look_back()

    def held(self) -> int:
        """How many entries are in hand, and not done."""
        return len(self._held) - len(self._done)

    def done(self, entries: Iterable[Entry]) -> None:
        """These have been dealt with, and what came of them is committed: ack them with the next read."""
        self._done.extend(entries)

    async def read(self, count: int, block_ms: int = BLOCK_MS) -> list[Entry]:
        """Ack what is done, then up to `count` entries of each stream, waiting at most `block_ms` for the first.

        Raises Unreachable.
        """
        try:
            with asking(f"the streams of group {self.group}"):
                return await self._read(count, block_ms)
        except Unreachable:
            self._look_back()
            raise

    async def _read(self, count: int, block_ms: int) -> list[Entry]:
        looking_back = dict(self._own)
        acks = self._done[:]
        pipeline = self._acking(acks)
        pipeline.execute_command("XREADGROUP", *self._read_arguments(looking_back, count, block_ms))
        replies = await pipeline.execute()
        self._acked(acks)
        return self._taken(replies[-1], looking_back)

    def _read_arguments(self, looking_back: Mapping[str, bytes], each: int, block_ms: int) -> list[Any]:
        who = ["GROUP", self.group, self._consumer, "COUNT", each]
        if looking_back:
            return [*who, "STREAMS", *looking_back, *looking_back.values()]
        return [*who, "BLOCK", block_ms, "STREAMS", *self._streams, *(b">" for _ in self._streams)]

    def _taken(self, reply: Any, looking_back: Mapping[str, bytes]) -> list[Entry]:
        found: list[Entry] = []
        for stream_name, entries in _pairs(reply):
            stream = stream_name.decode()
            for entry_id, raw in entries:
                found.append(Entry(stream, entry_id, fields_of(_mapping(raw)), again=bool(looking_back)))
        if looking_back:
            last = {entry.stream: entry.entry_id for entry in found}
            self._own = last  # a stream with nothing more pending for us drops out
        return self._hold(found)

    def _hold(self, found: Sequence[Entry]) -> list[Entry]:
        fresh = [entry for entry in found if entry.name not in self._held]
        self._held.update(entry.name for entry in fresh)
        return fresh

    def _look_back(self) -> None:
        self._own = dict.fromkeys(self._streams, START)

    async def flush(self) -> None:
        """Ack what is done, when there is no room to read more. Raises Unreachable."""
        acks = self._done[:]
        with asking(f"the streams of group {self.group}"):
            await self._acking(acks).execute()
        self._acked(acks)

    def _acking(self, acks: Sequence[Entry]) -> Pipeline:
        self._reach("ack.before", (entry.about for entry in acks))
        pipeline = self._redis.pipeline(transaction=False)
        for stream, ids in _by_stream(entry.name for entry in acks).items():
            pipeline.xack(stream, self.group, *ids)
        return pipeline

    def _acked(self, acks: Sequence[Entry]) -> None:
        self._reach("ack.after", (entry.about for entry in acks))
        del self._done[: len(acks)]
        self._held.difference_update(entry.name for entry in acks)

    async def claim(self, count: int) -> list[Entry]:
        """Entries that a peer has held too long: it is dead, or so slow that it does not matter. Raises Unreachable.

        Whatever we hold ourselves is renewed first, so that no peer takes it from us while we work on it; with a
        `count` of 0 that is all.
        """
        with asking(f"the streams of group {self.group}"):
            await self._renew()
            found: list[Entry] = []
            for stream in self._streams if count else ():
                reply: Any = await self._redis.execute_command(
                    "XAUTOCLAIM", stream, self.group, self._consumer, self._claim_idle_ms, "0", "COUNT", count
                )
                found += [Entry(stream, entry_id, fields_of(_mapping(raw)), again=True) for entry_id, raw in reply[1]]
            return self._hold(found)

    async def deliveries(self, entry: Entry) -> int:
        """How often the server has handed it out. Raises Unreachable."""
        with asking(f"the streams of group {self.group}"):
            found: Any = await self._redis.xpending_range(entry.stream, self.group, entry.entry_id, entry.entry_id, 1)
        return int(found[0]["times_delivered"]) if found else 1

    async def _renew(self) -> None:
        mine = self._held.difference(entry.name for entry in self._done)
        if not mine:
            return
        pipeline = self._redis.pipeline(transaction=False)
        for stream, ids in _by_stream(mine).items():
            pipeline.xclaim(stream, self.group, self._consumer, 0, ids, idle=0, justid=True)
        await pipeline.execute()


def _by_stream(names: Iterable[tuple[str, bytes]]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for stream, entry_id in names:
        grouped[stream].append(entry_id)
    return grouped


def _pairs(reply: Any) -> list[tuple[bytes, list[Any]]]:
    if not reply:
        return []
    return list(reply.items()) if isinstance(reply, dict) else list(reply)


def _mapping(raw: Any) -> dict[bytes, bytes]:
    if isinstance(raw, dict):
        return raw
    return dict(zip(raw[::2], raw[1::2], strict=True)) if raw else {}
