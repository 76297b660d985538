"""Orders put into an orchestrated arm past its door: their journals are opened in the name of its first orchestrator.

That is the door's first durable write. The orchestrator finds what is in its hands and not under way at its next look
(every third of a lease): nothing is spent while it is waited for, and reading the journals back is on the arm's bill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from common.domain.model import Order
from common.settings import Settings
from common.store.connect import Credentials, connect
from common.telemetry.meters import Meters
from orchestration.journal import Journal, Opening

REPLICA = "orchestrator-1"


async def opened(admin: Credentials, wanted: Sequence[Order]) -> None:
    """Open them all, in full batches. Raises Unreachable."""
    redis = connect(admin)
    journal = Journal(redis, REPLICA, Settings(), Meters("orchestration", "bench", "bench"))
    await asyncio.gather(*(journal.open(Opening(each, "bench", "")) for each in wanted))
    await redis.aclose()
