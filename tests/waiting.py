"""Waiting for something to become true, with a deadline: never a sleep that hopes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

LOOK_S = 0.02


async def until(true: Callable[[], Awaitable[bool]], what: str, within_s: float = 10.0) -> None:
    """Returns when it is true; fails when it is not within the time."""
    give_up = time.monotonic() + within_s
    while not await true():
        assert time.monotonic() < give_up, f"not within {within_s} s: {what}"
        await asyncio.sleep(LOOK_S)
