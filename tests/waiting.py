"""Waiting for something to become true, with a deadline: never a sleep that hopes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

LOOK_S = 0.02


async def until(true: Callable[[], Awaitable[bool]], what: str, within_s: float = 10.0) -> None:
    """Returns when it is true; fails when it is not within the time."""
    give_up = time.monotonic() + within_s
    while not await true():
        assert time.monotonic() < give_up, f"not within {within_s} s: {what}"
        await asyncio.sleep(LOOK_S)


async def ended(tasks: Iterable[asyncio.Future[Any]], within_s: float = 10.0) -> None:
    """Returns when they have ended, cancelled again and again: on Python 3.11 asyncio.wait_for, which redis-py writes
    under, may lose a cancellation that comes in the moment in which it is done."""
    left, give_up = set(tasks), time.monotonic() + within_s
    while left:
        assert time.monotonic() < give_up, f"would not end: {left}"
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=0.1)
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                raise error
