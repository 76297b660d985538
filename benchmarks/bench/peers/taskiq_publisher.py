"""Kicks the first task of orders with taskiq. Standard input: the server, as JSON, then orders (see publishing)."""

from __future__ import annotations

import json
import sys

import uvloop

from benchmarks.bench.flow import NAMES
from benchmarks.bench.peers.publishing import as_text, batches
from benchmarks.bench.peers.taskiq_service import broker_of, kicker
from common.store.connect import Credentials


async def main(server: Credentials) -> None:
    """Until standard input ends."""
    first = kicker(NAMES[0], broker_of("order", server))
    for orders in batches():
        for order in orders:
            await first.kiq(as_text(order))


if __name__ == "__main__":
    uvloop.run(main(Credentials(**json.loads(sys.stdin.readline()))))
