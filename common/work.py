"""Injected work: how long an operation pretends to work on an order, the same in every arm and whenever it is asked.

Drawn from a seed and from what the customer asked for; the order's own id differs from arm to arm. Who waits for it is
`common.service`; whoever judges a run draws it again, from the records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

from common.domain.model import Order

MEDIAN_MS_MAX = 1_000.0  # six of them in a row must leave room before an order's deadline
SIGMA_MAX = 2.0  # above, one draw in forty is more than fifty medians


@dataclass(frozen=True, slots=True)
class Work:
    """Log-normal for each order and operation: its median (ms), the spread `sigma` of its logarithm, and the seed."""

    median_ms: float
    sigma: float
    seed: int

    @property
    def mean_ms(self) -> float:
        """Of the distribution: a log-normal's mean is its median times exp(sigma^2 / 2)."""
        return self.median_ms * math.exp(self.sigma**2 / 2)

    def drawn_ms(self, operation: str, order: Order) -> float:
        """What this operation takes for this order, in ms: the median times exp(sigma z), z standard normal.

        z is made of 128 hashed bits after Box and Muller (Annals of Mathematical Statistics 29, 1958).
        """
        bits = blake2b(f"{self.seed}:{operation}:{content(order)}".encode(), digest_size=16).digest()
        first, second = (int.from_bytes(half, "big") for half in (bits[:8], bits[8:]))
        z = math.sqrt(-2 * math.log((first + 1) / 2**64)) * math.cos(2 * math.pi * second / 2**64)
        return self.median_ms * math.exp(self.sigma * z)


def content(order: Order) -> str:
    """What tells an order from others in every arm alike: customer, address, and its lines in the order of their SKUs.

    With 10,000 customers and 999 addresses one order in ten million is another's twin, and then has its draws, too.
    """
    lines = sorted((line.sku, line.quantity) for line in order.lines)
    return f"{order.customer_id}|{order.address}|{lines}"
