"""The order service's clock: what is still open at its deadline expires.

Any replica may act on it; the commit lets one win.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from common.domain import order
from common.domain.effect import name_of
from common.messages import Request, Undecided, Unreachable
from common.service import Service
from common.store.overdue import Overdue

if TYPE_CHECKING:
    from common.settings import Settings

LOOK_S = 0.2  # how late a deadline may be noticed


class Clock:
    """Looks for open orders past their deadline."""

    def __init__(self, overdue: Overdue, service: Service, settings: Settings) -> None:
        self._overdue = overdue
        self._service = service
        self._batch_max = settings.batch_max

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            more = False
            with suppress(Unreachable):
                more = await self._expire()
            await asyncio.sleep(0 if more else LOOK_S)

    async def _expire(self) -> bool:
        found = await self._overdue.orders(self._batch_max)
        requests = [Request(name_of(order.expire), late, "deadline", trace) for late, trace in found]
        if not requests:
            return False
        try:
            await self._service.perform(requests)
        except Undecided as error:
            logging.warning("cannot expire %d orders at once, so one by one: %s", len(requests), error)
            for request in requests:
                with suppress(Undecided):
                    await self._service.perform([request])
            return False
        return len(requests) == self._batch_max
