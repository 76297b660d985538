"""The saga as a DBOS workflow over the lab's own HTTP services: six steps in a row, each recorded in DBOS' database.

The steps are asked by aiohttp, so that no slower client is charged to DBOS. A step that fails is tried again by DBOS;
refused orders are not sent. Arguments: the database's address, the services' addresses as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp
import uvloop
from dbos import DBOS, DBOSConfig

from benchmarks.bench.flow import NAMES

IN_FLIGHT = 32  # as many as the lab's own door lets in
_asking: list[aiohttp.ClientSession] = []  # one session, made where its loop is
_addresses: dict[str, str] = {}


@DBOS.step(retries_allowed=True)
async def ask(name: str, order: dict[str, Any]) -> bool:
    """One operation of one service: whether it was accepted."""
    service, _, operation = name.partition(".")
    url = f"{_addresses[service]}/operations/{operation}"
    async with _asking[0].post(url, json={"order": order, "reason": ""}) as response:
        response.raise_for_status()
        return bool((await response.json())["accepted"])


@DBOS.workflow()
async def place_order(order: dict[str, Any]) -> None:
    """One order from place to complete."""
    for name in NAMES:
        if not await ask(name, order):
            raise ValueError(f"{name} of {order['order_id']} was refused")


async def main(database: str, addresses: str) -> None:
    """Until standard input ends. Says `sent` when the workflows of a line are through."""
    _addresses.update(json.loads(addresses))
    config: DBOSConfig = {"name": "bench", "system_database_url": database, "log_level": "ERROR"}
    DBOS(config=config)
    DBOS.launch()
    async with aiohttp.ClientSession() as session:
        _asking.append(session)
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await _through(json.loads(line))
            print("sent", flush=True)
    DBOS.destroy()


async def _through(orders: list[dict[str, Any]]) -> None:
    room = asyncio.Semaphore(IN_FLIGHT)

    async def one(order: dict[str, Any]) -> None:
        async with room:
            handle = await DBOS.start_workflow_async(place_order, order)
            await handle.get_result()

    await asyncio.gather(*map(one, orders))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
