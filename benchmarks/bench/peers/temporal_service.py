"""One service as a Temporal worker: its operations are activities that commit as the lab does.

Arguments: the service, Temporal's address. Standard input: the Redis server, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import uvloop
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.bench.flow import FLOW, NAMES
from common.domain.effect import Operation, name_of, service_of
from common.messages import decode_order
from common.store.commit import Store, Wish
from common.store.connect import Credentials, connect


async def serve(service: str, address: str, server: Credentials) -> None:
    """Until SIGTERM."""
    store = Store(connect(server), service)
    mine = [pair for pair in zip(FLOW, NAMES, strict=True) if service_of(pair[0]) == service]
    activities = [_activity(operation, name, store) for operation, name in mine]
    async with Worker(await Client.connect(address), task_queue=service, activities=activities):
        print("ready", flush=True)
        await asyncio.Event().wait()


def _activity(operation: Operation, name: str, store: Store) -> Any:
    @activity.defn(name=name)
    async def act(text: str) -> None:
        order = decode_order(text.encode())
        wish = Wish(name_of(operation), operation(order, ""), order.order_id, order.placed_ms)
        (verdict,) = await store.commit([wish])
        if not verdict.accepted:
            raise ValueError(f"{name} of {order.order_id} was refused")  # such orders are not sent

    return act


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2], Credentials(**json.loads(sys.stdin.readline()))))
