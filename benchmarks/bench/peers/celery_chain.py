"""The flow as a Celery canvas chain: six tasks in the queues of five services, each handing the order to the next.

The rest of the chain travels inside each message: there is no journal, and no compensation. What a refused order would
need is not here, and refused orders are not sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Coroutine
from typing import Any

from celery import Celery, chain
from celery.signals import worker_ready

from benchmarks.bench.flow import FLOW, NAMES
from common.domain.effect import Operation, name_of, service_of
from common.messages import decode_order
from common.store.commit import Store, Wish
from common.store.connect import Credentials
from common.store.embedded import connect_once

_told = json.loads(os.environ["HARMONY_BENCH_CELERY"])

app = Celery("chain", broker=_told["broker"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # as durable as the lab: a killed worker's task is taken up again
    worker_prefetch_multiplier=4,
    task_routes={name: {"queue": name.partition(".")[0]} for name in NAMES},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)


class _Blocking:
    """A blocking client with the face of one that is awaited: a solo worker has no loop and waits for none."""

    def __init__(self, credentials: Credentials) -> None:
        self._redis: Any = connect_once(credentials)

    async def execute_command(self, *command: Any) -> Any:
        return self._redis.execute_command(*command)


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("a commit with a blocking client waited for something")


def _task(operation: Operation, redis: Any) -> Any:
    store = Store(redis, service_of(operation))

    def task(text: str) -> str:
        order = decode_order(text.encode())
        wish = Wish(name_of(operation), operation(order, ""), order.order_id, order.placed_ms)
        (verdict,) = _at_once(store.commit([wish]))
        if not verdict.accepted:
            raise ValueError(f"{name_of(operation)} of {order.order_id} was refused")  # ends the chain
        return text

    return task


def _register() -> None:
    redis = _Blocking(Credentials(**_told["server"]))
    for operation, name in zip(FLOW, NAMES, strict=True):
        app.task(name=name)(_task(operation, redis))


def send(text: str) -> None:
    """An order into the first queue."""
    first, *rest = NAMES
    chain(app.signature(first, args=(text,)), *map(app.signature, rest)).apply_async()


def _ready(**_: Any) -> None:
    print("ready", flush=True)


_register()
worker_ready.connect(_ready, weak=False)
