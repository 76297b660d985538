"""Whether an arm is at rest: no order is open, or those that are will stay so, since nothing is under way any more.

Without the second look an order that a slow machine has not closed yet would pass for one that is never closed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import history
from common.store.connect import Credentials

LOOK_S = 0.05
SECOND_S = 1.5  # the second look: longer than the longest pause between two attempts at a step
SCAN = 1_000


def rested(auditor: Credentials, limit_s: float) -> bool:
    """Wait until none is open; after the limit, say whether those that still are will stay so. Raises Unreadable."""
    give_up = time.monotonic() + limit_s
    while history.open_orders(auditor):
        if time.monotonic() > give_up:
            return _stuck(auditor)
        time.sleep(LOOK_S)
    return True


def _stuck(auditor: Credentials) -> bool:
    """Whether for a while no message waits, and nothing is announced."""
    before, give_up = _state(auditor), time.monotonic() + SECOND_S
    while time.monotonic() < give_up:
        now = _state(auditor)
        if now != before or any(waiting for _, waiting in now.values()):
            return False
        time.sleep(LOOK_S)
    return history.open_orders(auditor) > 0


def _state(auditor: Credentials) -> dict[str, tuple[str, int]]:
    """Stream -> its last entry, and how many groups have something of it to read or to finish."""
    with history.reading(auditor) as redis:
        streams = sorted(set(redis.scan_iter(match="{*}:*", count=SCAN, _type="stream")))
        return {stream: _of(redis, stream) for stream in streams}


def _of(redis: Any, stream: str) -> tuple[str, int]:
    last = str(redis.xinfo_stream(stream)["last-generated-id"])
    return last, sum(_waiting(redis.xinfo_groups(stream), last))


def _waiting(groups: list[Mapping[str, Any]], last: str) -> Iterator[bool]:
    for group in groups:
        yield int(group["pending"]) > 0 or str(group["last-delivered-id"]) != last
