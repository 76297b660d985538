"""The saga as a Temporal workflow, and its worker: six activities in a row, each on its service's own task queue.

Argument: Temporal's address.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    import uvloop

    from benchmarks.bench.flow import NAMES

QUEUE = "orders"
TIMEOUT = timedelta(seconds=60)


@workflow.defn
class PlaceOrder:
    """One order from place to complete."""

    @workflow.run
    async def run(self, text: str) -> None:
        """Each operation in turn; Temporal remembers how far it has come."""
        for name in NAMES:
            queue = name.partition(".")[0]
            await workflow.execute_activity(name, text, task_queue=queue, start_to_close_timeout=TIMEOUT)


async def serve(address: str) -> None:
    """Until SIGTERM."""
    async with Worker(await Client.connect(address), task_queue=QUEUE, workflows=[PlaceOrder]):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
