"""Sends orders as Celery chains (see publishing)."""

from __future__ import annotations

from benchmarks.bench.peers.celery_chain import send
from benchmarks.bench.peers.publishing import as_text, batches


def main() -> None:
    """Until standard input ends."""
    for orders in batches():
        for order in orders:
            send(as_text(order))


if __name__ == "__main__":
    main()
