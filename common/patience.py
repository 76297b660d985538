"""How long to wait before asking again: exponential backoff with full jitter, bounded.

Full jitter is from M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015): it spreads those who
wait for the same thing, so that a service that comes back is not run over.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

FIRST_S = 0.05  # about ten times an undisturbed round trip
LONGEST_S = 0.5  # so that everything in flight moves on soon after a restart


def pauses() -> Iterator[float]:
    """Seconds to wait before the second, third, ... asking, without end."""
    ceiling = FIRST_S
    while True:
        yield random.uniform(0, ceiling)
        ceiling = min(LONGEST_S, ceiling * 2)
