"""Starts a Temporal workflow for each order, and waits for none (see publishing). Argument: Temporal's address."""

from __future__ import annotations

import asyncio
import sys

from temporalio.client import Client

from benchmarks.bench.peers.publishing import as_text, batches
from benchmarks.bench.peers.temporal_workflow import QUEUE, PlaceOrder


async def main(address: str) -> None:
    """Until standard input ends."""
    client = await Client.connect(address)
    for orders in batches():
        for order in orders:
            await client.start_workflow(PlaceOrder.run, as_text(order), id=str(order["order_id"]), task_queue=QUEUE)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
