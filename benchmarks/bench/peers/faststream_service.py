"""One service of choreography-streams with FastStream in place of the lab's participant: one handler call per message.

It hears the same streams by the same reactions and commits with the same script. Standard input: the server, as JSON.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

import uvloop
from faststream import FastStream
from faststream.redis import RedisBroker, RedisStreamMessage, StreamSub

from common.domain.effect import Operation, name_of
from common.messages import decode_event
from common.store import keys
from common.store.commit import Store, Wish
from common.store.connect import Credentials, connect


def main(service: str) -> None:
    """Run the service until SIGTERM."""
    server: dict[str, str] = json.loads(sys.stdin.readline())
    path = server["url"].removeprefix("unix://")
    broker = RedisBroker(f"unix://{server['username']}@{path}?password={server['password']}", logger=None)
    store = Store(connect(Credentials(**server)), service)
    for event, operation in import_module(f"choreography.{service}").REACTIONS.items():
        stream = keys.events(event.source, event.__name__)
        subscribe = broker.subscriber(stream=StreamSub(stream, group=service, consumer=f"{service}-1"))
        subscribe(_handler(event.__name__, operation, store))
    app = FastStream(broker, logger=None)
    app.after_startup(_ready)
    uvloop.run(app.run())


def _handler(kind: str, operation: Operation, store: Store) -> Any:
    async def handle(message: RedisStreamMessage) -> None:
        event = decode_event(kind, message.raw_message["data"][b"data"])
        order = event.order
        effect = operation(order, event.reason)
        await store.commit([Wish(name_of(operation), effect, order.order_id, order.placed_ms)])

    return handle


async def _ready() -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
