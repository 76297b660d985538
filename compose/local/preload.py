"""Imported once by the fork server, after the rooms of the lab's own arms that it will start: so a process of the lab
starts in milliseconds and shares these pages.

No threads, sockets or event loops may be made in here: forks would inherit them broken. A room that cannot be imported
is passed over: the process that needs it says so in its own log. This is the one module where importing does something.
"""

from __future__ import annotations

import gc
import importlib
from contextlib import suppress

LIBRARIES = (
    "fastapi uvicorn uvicorn.protocols.http.httptools_impl uvloop httptools redis.asyncio hiredis httpx httpx_aiohttp"
    " aiohttp msgspec prometheus_client pydantic_settings"
    " anyio._backends._asyncio encodings.idna pydantic.v1 uvicorn.lifespan.off"  # imported when first used
)
ROOMS = (
    "common.process common.door common.service common.parts common.telemetry.provider compose.local.children"
    " choreography.order choreography.inventory choreography.payment choreography.shipping choreography.notification"
)

for _name in f"{LIBRARIES} {ROOMS}".split():
    with suppress(ImportError):
        importlib.import_module(_name)

gc.collect()
gc.freeze()  # a collection in a child would otherwise touch, and so copy, every page that it shares
