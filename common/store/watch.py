"""Whether the store can be asked at the moment: what a process without a reading loop knows about its readiness."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from common.messages import Unreachable
from common.store.connect import asking

if TYPE_CHECKING:
    from redis.asyncio import Redis

LOOK_S = 0.5


class StoreWatch:
    """Looks twice a second."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.reachable = False

    async def look(self) -> None:
        """Until cancelled."""
        while True:
            try:
                with asking("the store"):
                    await self._redis.ping()
                self.reachable = True
            except Unreachable:
                self.reachable = False
            await asyncio.sleep(LOOK_S)
