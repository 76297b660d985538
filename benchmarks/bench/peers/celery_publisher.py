"""Puts orders into Celery's queue: a line of JSON orders on standard input, a line `sent` when they are all in.

Its CPU time is not counted: it stands for the customers.
"""

from __future__ import annotations

from benchmarks.bench.peers.celery_saga import place_order
from benchmarks.bench.peers.publishing import batches


def main() -> None:
    """Until standard input ends."""
    for orders in batches():
        for order in orders:
            place_order.delay(order)


if __name__ == "__main__":
    main()
