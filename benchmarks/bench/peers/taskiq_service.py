"""One service as a taskiq worker on a stream of its own: each task commits as the lab does, and kicks the next one.

Standard input: the server, as JSON. There is no journal and no compensation: what a refused order would need is not
here, and refused orders are not sent.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from typing import Any

import uvloop
from taskiq.api import run_receiver_task
from taskiq.kicker import AsyncKicker
from taskiq_redis import RedisStreamBroker

from benchmarks.bench.flow import FLOW, NAMES
from common.domain.effect import Operation, name_of, service_of
from common.messages import decode_order
from common.store.commit import Store, Wish
from common.store.connect import Credentials, connect

FOLLOWING = dict(pairwise(NAMES))


def broker_of(service: str, server: Credentials) -> RedisStreamBroker:
    """The broker whose own stream is the service's; it can kick tasks of the others, too."""
    url = f"unix://{server.username}@{server.url.removeprefix('unix://')}?password={server.password}"
    return RedisStreamBroker(url, queue_name=stream(service), consumer_group_name=service, consumer_id="0")


def stream(service: str) -> str:
    """Where a service's tasks wait."""
    return f"taskiq:{service}"


def kicker(name: str, broker: RedisStreamBroker) -> AsyncKicker[Any, Any]:
    """Sends a task to the service that has it."""
    return AsyncKicker(task_name=name, broker=broker, labels={"queue_name": stream(name.partition(".")[0])})


async def serve(service: str, server: Credentials) -> None:
    """Until SIGTERM."""
    broker, store = broker_of(service, server), Store(connect(server), service)
    for operation, name in zip(FLOW, NAMES, strict=True):
        if service_of(operation) == service:
            broker.register_task(_task(operation, store, name, broker), task_name=name)
    await broker.startup()
    print("ready", flush=True)
    await run_receiver_task(broker)


def _task(operation: Operation, store: Store, name: str, broker: RedisStreamBroker) -> Any:
    following = kicker(FOLLOWING[name], broker) if name in FOLLOWING else None

    async def task(text: str) -> None:
        order = decode_order(text.encode())
        wish = Wish(name_of(operation), operation(order, ""), order.order_id, order.placed_ms)
        (verdict,) = await store.commit([wish])
        if verdict.accepted and following:
            await following.kiq(text)

    return task


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], Credentials(**json.loads(sys.stdin.readline()))))
