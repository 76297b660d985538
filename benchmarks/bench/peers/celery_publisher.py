"""Puts orders into Celery's queue: a line of JSON orders on standard input, a line `sent` when they are all in.

Its CPU time is not counted: it stands for the customers.
"""

from __future__ import annotations

import json
import sys

from benchmarks.bench.peers.celery_saga import place_order


def main() -> None:
    """Until standard input ends."""
    print("ready", flush=True)
    for line in sys.stdin:
        for order in json.loads(line):
            place_order.delay(order)
        print("sent", flush=True)


if __name__ == "__main__":
    main()
