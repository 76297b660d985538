"""Commands over streams: who conducts appends to `{service}:commands`, and the answer is the event on the service's
own stream, which it hears like anybody else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from common.crash import Reach, nothing_armed
from common.messages import (
    TRACEPARENT,
    UNREADABLE,
    Answer,
    Malformed,
    Request,
    Undecided,
    Unreachable,
    decode_request,
    encode_request,
)
from common.service import Service
from common.store import keys
from common.store.commit import Wish
from common.store.connect import asking
from common.telemetry import conventions
from common.telemetry.context import is_sampled
from common.telemetry.tracing import NOTHING_TRACED, Begun, Tracing
from common.transport.deciding import Deciding
from common.transport.streams import Entry, trace_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

SENDER = re.compile(rb"^[a-z]{1,30}$")


@dataclass(frozen=True, slots=True)
class Command:
    """A request to a service."""

    service: str
    request: Request


class CommandSender:
    """Sends commands in the name of one sender."""

    def __init__(
        self, redis: Redis, sender: str, reach: Reach = nothing_armed, tracing: Tracing = NOTHING_TRACED
    ) -> None:
        self._redis = redis
        self._tracing = tracing
        self._reach = reach
        self._sender = sender

    async def send(self, commands: Sequence[Command]) -> None:
        """Append them, in order, in one round trip. Raises Unreachable: then any of them may have been sent."""
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._reach("publish.before", (command.request.operation for command in commands))
        spans = self._begun(commands)
        try:
            entries = await self._appended(commands, spans, now)
        except Unreachable as error:
            for number, span in spans.items():
                span.end(_sent(commands[number], "", f"Unreachable: {error}"))
            raise
        for number, span in spans.items():
            span.end(_sent(commands[number], entries[number].decode()))
        self._reach("publish.after", (command.request.operation for command in commands))

    async def _appended(self, commands: Sequence[Command], spans: Mapping[int, Begun], now: str) -> list[bytes]:
        """Returns the id of each entry."""
        with asking("the streams of commands"):
            pipeline = self._redis.pipeline(transaction=False)
            for number, command in enumerate(commands):
                request = command.request
                pipeline.xadd(
                    keys.commands(command.service),
                    {
                        "id": f"{request.order.order_id}/{request.operation}",
                        "type": request.operation,
                        "source": self._sender,
                        "subject": request.order.order_id,
                        "time": now,
                        TRACEPARENT: spans[number].traceparent if number in spans else request.traceparent,
                        "data": encode_request(request),
                    },
                )
            appended: list[bytes] = await pipeline.execute()
        return appended

    def _begun(self, commands: Sequence[Command]) -> dict[int, Begun]:
        """By number, of traced orders only."""
        asked = [command.request.traceparent for command in commands]
        return {number: self._tracing.begin(each) for number, each in enumerate(asked) if is_sampled(each)}


def _sent(command: Command, entry: str, error: str = "") -> conventions.Telling:
    request = command.request
    told = {conventions.ORDER_ID: request.order.order_id, conventions.OPERATION: request.operation}
    return conventions.sent("redis", keys.commands(command.service), entry, told, error)


def command_of(entry: Entry) -> Request:
    """The request that an entry of a stream of commands makes. Raises Malformed when it does not agree with itself."""
    try:
        operation, data = entry.fields["type"].decode(), entry.fields["data"]
        name, subject, source = entry.fields["id"].decode(), entry.fields["subject"].decode(), entry.fields["source"]
    except (KeyError, UnicodeDecodeError) as error:
        raise Malformed(f"an entry of {entry.stream} lacks a readable field: {error}") from error
    request = decode_request(operation, data, trace_of(entry))
    order_id = request.order.order_id
    if name != f"{order_id}/{operation}" or subject != order_id or not SENDER.match(source):
        raise Malformed(f"an entry of {entry.stream} named {name[:60]!r} for {subject[:40]!r}: forged")
    return request


@dataclass(frozen=True, slots=True)
class Unannounced:
    """An answer that is no news: given before, or a refusal that is announced to nobody. Who asked wants it still."""

    operation: str
    accepted: bool
    reason: str = ""


class Answering(Deciding):
    """Decides what it is told to, and says what no event says, on a stream of its own."""

    def __init__(self, service: Service, redis: Redis, name: str, batch_max: int) -> None:
        super().__init__("command", service, command_of, batch_max)
        self._redis = redis
        self._name = name

    async def decided(self, wishes: Sequence[Wish], answers: Sequence[Answer | Undecided]) -> None:
        """Raises Unreachable: then all is decided again, and found decided."""
        pipeline = self._redis.pipeline(transaction=False)
        for wish, answer in zip(wishes, answers, strict=True):
            if isinstance(answer, Answer) and (answer.event is None or not answer.first):
                pipeline.xadd(keys.answers(self._name), _fields(self._name, wish, answer))
        if len(pipeline):
            with asking(f"the answers of {self._name}"):
                await pipeline.execute()


def _fields(name: str, wish: Wish, answer: Answer) -> dict[Any, Any]:
    said = Unannounced(answer.operation, answer.accepted, answer.event.reason if answer.event else "")
    return {
        "id": f"{wish.order_id}/{wish.operation}",
        "type": wish.operation,
        "source": name,
        "subject": wish.order_id,
        "time": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        TRACEPARENT: wish.traceparent,
        "data": msgspec.json.encode(said),
    }


def answer_of(entry: Entry) -> tuple[str, Unannounced]:
    """The order's id and the answer of an entry of a stream of answers. Raises Malformed."""
    try:
        order_id, operation, source = (entry.fields[name].decode() for name in ("subject", "type", "source"))
        said = msgspec.json.decode(entry.fields["data"], type=Unannounced)
        name = entry.fields["id"].decode()
    except (KeyError, *UNREADABLE) as error:
        raise Malformed(f"an entry of {entry.stream} is no answer: {error}") from error
    if name != f"{order_id}/{operation}" or said.operation != operation or entry.stream != keys.answers(source):
        raise Malformed(f"an entry of {entry.stream} named {name[:60]!r}: forged")
    return order_id, said
