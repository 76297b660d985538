"""What the shop sells: prices and stock, decided by the seed, the same in every arm."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

SOLD_OUT = "sold-out-"
"""SKUs that begin so are in the catalogue and never in stock, so an order that names one is always refused."""

SOLD_OUT_SKUS = 10
STOCK_UNITS = 1_000_000  # outlasts any run: only the sold-out items may run short unless a scenario says otherwise
PRICE_CENTS_MIN, PRICE_CENTS_MAX = 100, 20_000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """SKU -> price in cents, and SKU -> units in stock at the start."""

    prices: Mapping[str, int]
    stock: Mapping[str, int]


def catalogue(seed: int, skus: int = 1_000) -> Catalogue:
    """The catalogue of a seed: `sku-0000` onwards in stock, `sold-out-00` onwards not."""
    dice = random.Random(f"catalogue:{seed}")
    in_stock = [f"sku-{number:04d}" for number in range(skus)]
    sold_out = [f"{SOLD_OUT}{number:02d}" for number in range(SOLD_OUT_SKUS)]
    prices = {sku: dice.randint(PRICE_CENTS_MIN, PRICE_CENTS_MAX) for sku in in_stock + sold_out}
    return Catalogue(prices, dict.fromkeys(in_stock, STOCK_UNITS) | dict.fromkeys(sold_out, 0))
