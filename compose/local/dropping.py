"""Lets the arms' servers forget orders closed long ago. Which may be forgotten says `common.store.retention`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from common.store.connect import Credentials
from common.store.embedded import connect_once
from common.store.retention import TROUBLE, drop
from orchestration.journal import key

LOOKS_PER_RETENTION = 30
LOOK_S_MIN, LOOK_S_MAX = 0.5, 30.0


async def keep_dropping(admins: Iterable[Credentials], retention_s: float) -> None:
    """Until cancelled. A server that is away, or holds what cannot be read, is asked again at the next look."""
    admins = list(admins)
    while True:
        await asyncio.sleep(min(LOOK_S_MAX, max(LOOK_S_MIN, retention_s / LOOKS_PER_RETENTION)))
        for admin in admins:
            try:
                while await asyncio.to_thread(_drop_some, admin, retention_s):
                    pass
            except TROUBLE as error:
                logging.warning("cannot drop old orders now: %s", error)


def _drop_some(admin: Credentials, retention_s: float) -> int:
    with connect_once(admin) as redis:
        return drop(redis, retention_s, key(""))  # an order's journal lives as long as its records
