"""The commit: one Redis script applies a batch of effects, each at once, only once, with its event.

The event goes to the service's own stream in the same step: that stream is the transactional outbox, and nothing is
ever published after a commit. Undoing leaves a mark (its own answer), which bars a late doing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec
from redis.exceptions import NoScriptError

from common.domain.effect import Effect
from common.domain.events import Event
from common.messages import encode_event
from common.store import keys
from common.store.connect import asking

if TYPE_CHECKING:
    from redis.asyncio import Redis

SCRIPT = resources.files(__package__).joinpath("commit.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Wish:
    """An effect to commit under the name (order, operation)."""

    operation: str
    effect: Effect
    order_id: str
    placed_ms: int
    traceparent: str = ""
    put: tuple[tuple[str, str], ...] = ()  # fields of the record that are not the domain's (the door's digest)
    asked_s: float = 0.0  # when it was asked for, by the process' own clock (perf_counter)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the store made of a wish. `first` is False when it had been decided before: the first answer, again."""

    accepted: bool
    event: Event | None
    first: bool
    entry: str


class Store:
    """One service's own state, changed by commits alone."""

    def __init__(self, redis: Redis, service: str, script: str = SCRIPT) -> None:
        self._redis = redis
        self._service = service
        self._script = script
        self._sha = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()  # the name that Redis gives it

    async def commit(self, wishes: Sequence[Wish]) -> list[Verdict]:
        """Apply the wishes in one round trip, in order.

        Raises Unreachable when the server cannot be asked or cannot write (gone, restarting, out of memory): then
        nothing is known of the batch, and asking again is safe.
        """
        names, arguments = self._packed(wishes)
        with asking(f"the store of {self._service}"):
            answers = await self._call(names, arguments)
        return [_verdict(wish.effect, answer) for wish, answer in zip(wishes, answers, strict=True)]

    async def _call(self, names: list[str], arguments: list[Any]) -> list[list[Any]]:
        command = ("EVALSHA", self._sha, len(names), *names, *arguments)
        try:
            answers: list[list[Any]] = await self._redis.execute_command(*command)
        except NoScriptError:  # the first time, and after a restart of the server
            await self._redis.execute_command("SCRIPT", "LOAD", self._script)
            answers = await self._redis.execute_command(*command)
        return answers

    def _packed(self, wishes: Sequence[Wish]) -> tuple[list[str], list[Any]]:
        numbers: dict[str, int] = {}

        def number(key: str) -> int:
            return numbers.setdefault(key, len(numbers) + 1)

        watermark = number(keys.watermark(self._service))
        items = [_item(self._service, wish, number) for wish in wishes]
        return list(numbers), [msgspec.msgpack.encode(items), watermark]


def _item(service: str, wish: Wish, number: Any) -> dict[str, Any]:
    effect = wish.effect
    put = [text for pair in (*effect.put.items(), *wish.put) for text in pair]
    return {
        "service": service,
        "operation": wish.operation,
        "order_id": wish.order_id,
        "placed_ms": wish.placed_ms,
        "traceparent": wish.traceparent,
        "record": number(keys.record(service, wish.order_id)),
        "counters": number(keys.counters(service)),
        "fields": [f"op:{name}" for name in (wish.operation, effect.unless, effect.undoes)] + list(effect.expect),
        "unless": effect.unless,
        "undoes": effect.undoes,
        "before_ms": effect.before_ms,
        "allowed": list(effect.expect.values()),
        "take": effect.take,
        "give": effect.give,
        "put": put,
        "enlist": [(number(keys.listing(service, name)), rank) for name, rank in effect.enlist.items()],
        "delist": [number(keys.listing(service, name)) for name in effect.delist],
        "accepted": _announcement(service, effect.accepted, number),
        "rejected": _announcement(service, effect.rejected, number),
    }


def _announcement(service: str, event: Event | None, number: Any) -> tuple[int, str, str] | bool:
    if event is None:
        return False
    kind = type(event).__name__
    return (
        number(keys.events(service, kind)),
        kind,
        encode_event(event).decode(),
    )  # the script's MessagePack knows texts only


def _verdict(effect: Effect, answer: list[Any]) -> Verdict:
    first, accepted, kind, entry = answer
    event = effect.accepted if accepted else effect.rejected
    return Verdict(bool(accepted), event if kind else None, bool(first), _text(entry))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
