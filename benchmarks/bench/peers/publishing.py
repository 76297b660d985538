"""How a publisher is told: a line of JSON orders on standard input, a line `sent` on standard output when all are in.

Its CPU time is not counted: it stands for the customers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


def batches() -> Iterator[list[dict[str, Any]]]:
    """Batches of orders, until standard input ends. Says `ready` first, and `sent` when it is asked for the next."""
    print("ready", flush=True)
    for line in sys.stdin:
        yield json.loads(line)
        print("sent", flush=True)


def as_text(order: dict[str, Any]) -> str:
    """An order as the lab's own messages carry it: what a task gets, and hands on as it is."""
    return json.dumps(order, separators=(",", ":"))
