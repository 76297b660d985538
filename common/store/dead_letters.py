"""What could not be done: failed attempts by entry, and the dead letters, in the service's own keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.store import keys
from common.store.connect import asking, fields_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

REASON_MAX = 500  # characters
KEPT_MAX = 10_000  # a flood of poison must not fill the server


ORIGINAL = "original:"


@dataclass(frozen=True, slots=True)
class Letter:
    """Something set aside: the entry of which stream, for which group (or what else was asked), and why."""

    letter_id: str
    stream: str
    entry_id: bytes
    group: str
    reason: str
    original: Mapping[str, bytes]


class DeadLetters:
    """One service's, of one group of those that hear (its own, or one that it hears for). All raise Unreachable."""

    def __init__(self, redis: Redis, service: str, group: str = "") -> None:
        self._redis = redis
        self._service = service
        self._group = group or service
        self._whom = f"the dead letters of {service}"

    async def count_attempt(self, stream: str, entry_id: bytes, by: int = 1) -> int:
        """Count an attempt before it is made, so that one which ends the process counts too; -1 takes a count back.

        Returns how many there were.
        """
        with asking(self._whom):
            return int(await self._redis.hincrby(keys.attempts(self._service), self._name(stream, entry_id), by))

    async def forget(self, stream: str, entry_id: bytes) -> None:
        """The entry is done."""
        with asking(self._whom):
            await self._redis.hdel(keys.attempts(self._service), self._name(stream, entry_id))

    async def bury(self, stream: str, entry_id: bytes, fields: Mapping[str, bytes], reason: str, attempts: int) -> bool:
        """Set the entry aside, whole, with the reason, and ack it, in one step. False when that was done before."""
        letter: dict[Any, Any] = {
            "stream": stream,
            "group": self._group,
            "entry": entry_id,
            "reason": reason[:REASON_MAX],
            "attempts": attempts,
        } | {f"{ORIGINAL}{name}": value for name, value in fields.items()}
        with asking(self._whom):
            if not await self._redis.xpending_range(stream, self._group, entry_id, entry_id, 1):
                return False
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.xadd(keys.dead(self._service), letter, maxlen=KEPT_MAX, approximate=True)
            pipeline.hdel(keys.attempts(self._service), self._name(stream, entry_id))
            pipeline.xack(stream, self._group, entry_id)
            await pipeline.execute()
        return True

    async def letter(self, letter_id: str) -> Letter | None:
        """One letter, whole; None when there is none of that id."""
        with asking(self._whom):
            found: Any = await self._redis.xrange(keys.dead(self._service), letter_id, letter_id)
        if not found:
            return None
        fields = fields_of(found[0][1])
        original = {name.removeprefix(ORIGINAL): value for name, value in fields.items() if name.startswith(ORIGINAL)}
        stream, group, reason = (_text(fields, name) for name in ("stream", "group", "reason"))
        return Letter(letter_id, stream, fields.get("entry", b""), group, reason, original)

    async def drop(self, letter: Letter) -> None:
        """It is done with."""
        with asking(self._whom):
            await self._redis.xdel(keys.dead(self._service), letter.letter_id)

    def _name(self, stream: str, entry_id: bytes) -> str:
        return f"{self._group} {stream}/{entry_id.decode('ascii', 'replace')}"


def _text(fields: Mapping[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode("utf-8", "replace")
