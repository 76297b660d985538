"""One service of choreography-streams with FastStream's batches of up to 64, and a pipeline written by hand.

`pipeline`: a commit for each message and the event that it announces, by `publish(pipeline=)`, all in one transaction;
the script keeps its own announcements to itself. `commit`: the lab's own commit of a whole batch, which announces, too.
FastStream's client writes its commands by the lab's PACKING: what a slower one costs is not charged to FastStream.
Standard input: the server, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import uvloop
from faststream import FastStream
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.annotations import Pipeline, RedisBatchStreamMessage
from faststream.redis.parser import BinaryMessageFormatV1

from common.domain.effect import Operation, name_of
from common.messages import decode_event, encode_event
from common.store import keys
from common.store.commit import Store, Wish
from common.store.connect import Credentials, connect
from common.store.packing import PackingUnixConnection
from common.store.unsafe_commit import SPOILT, spoilt

BATCH = 64
SILENT = spoilt([SPOILT["publish-after-commit"]])  # the same commit; somebody else publishes its event


class Pipelined:
    """A client that puts commands into a pipeline, and answers before anybody else has."""

    def __init__(self) -> None:
        self.pipe: Any = None

    async def execute_command(self, *command: Any) -> list[tuple[int, int, str, str]]:
        """Into the pipeline with it."""
        self.pipe.execute_command(*command)
        return [(1, 1, "", "")]


def pipeline(broker: RedisBroker, service: str, read: Callable[[dict[bytes, bytes]], Wish]) -> Any:
    """A handler: a commit and a published event for each message, in FastStream's own pipeline, one round trip."""
    client: Any = Pipelined()
    store = Store(client, service, SILENT)

    async def handle(message: RedisBatchStreamMessage, pipe: Pipeline) -> None:
        client.pipe = pipe
        for fields in message.raw_message["data"]:
            wish = read(fields)
            await store.commit([wish])
            event = wish.effect.accepted
            if event is not None:
                stream = keys.events(service, type(event).__name__)
                await broker.publish(encode_event(event), stream=stream, pipeline=pipe)
        for answer in await pipe.execute():
            if isinstance(answer, list) and not answer[0][1]:
                raise ValueError(f"a commit of {service} was refused")  # such orders are not sent

    return handle


def commit(redis: Any, service: str, read: Callable[[dict[bytes, bytes]], Wish]) -> Any:
    """A handler: the lab's commit of the whole batch, as its own arm has it."""
    store = Store(redis, service)

    async def handle(message: RedisBatchStreamMessage) -> None:
        verdicts = await store.commit([read(fields) for fields in message.raw_message["data"]])
        if not all(verdict.accepted for verdict in verdicts):
            raise ValueError(f"a commit of {service} was refused")

    return handle


def main(service: str, way: str) -> None:
    """Run the service until SIGTERM."""
    server: dict[str, str] = json.loads(sys.stdin.readline())
    path = server["url"].removeprefix("unix://")
    url = f"unix://{server['username']}@{path}?password={server['password']}"
    broker = RedisBroker(url, connection_class=PackingUnixConnection, logger=None)
    redis: Any = connect(Credentials(**server))
    for event, operation in import_module(f"choreography.{service}").REACTIONS.items():
        stream = keys.events(event.source, event.__name__)
        sub = StreamSub(stream, group=service, consumer=f"{service}-1", batch=True, max_records=BATCH)
        read = partial(_wish, event.__name__, operation)
        handler = pipeline(broker, service, read) if way == "pipeline" else commit(redis, service, read)
        broker.subscriber(stream=sub)(handler)
    app = FastStream(broker, logger=None)

    async def ready() -> None:
        await redis.execute_command("SCRIPT", "LOAD", SILENT)
        print("ready", flush=True)

    app.after_startup(ready)
    uvloop.run(app.run())


def _wish(kind: str, operation: Operation, fields: dict[bytes, bytes]) -> Wish:
    event = decode_event(kind, _body(fields))
    order = event.order
    return Wish(name_of(operation), operation(order, event.reason), order.order_id, order.placed_ms)


def _body(fields: dict[bytes, bytes]) -> bytes:
    """What FastStream has published; or the commit by which the bench has put the order in."""
    return fields[b"data"] if b"data" in fields else BinaryMessageFormatV1.parse(fields[b"__data__"])[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
