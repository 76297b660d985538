"""What the shop sells: prices and stock, decided by the seed, the same in every arm."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

SOLD_OUT = "sold-out-"
"""SKUs that begin so are in the catalogue and never in stock, so an order that names one is always refused."""

LAST_UNIT = "last-unit-"
"""SKUs that begin so are in stock, but only a few units of each: who comes first is served, the others are not."""

SOLD_OUT_SKUS = 10
LAST_UNIT_SKUS = 500  # blocks of different seeds draw theirs from all of them: they should rarely meet
LAST_UNITS = 3  # of each of those: few enough that a crowd fights for them, more than one so that counting matters
STOCK_UNITS = 1_000_000  # outlasts any run: only the sold-out and the last-unit items may run short
PRICE_CENTS_MIN, PRICE_CENTS_MAX = 100, 20_000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """SKU -> price in cents, and SKU -> units in stock at the start."""

    prices: Mapping[str, int]
    stock: Mapping[str, int]


def catalogue(seed: int, skus: int = 1_000) -> Catalogue:
    """The catalogue of a seed: `sku-0000` onwards in stock, `sold-out-00` onwards not, `last-unit-000` onwards barely.

    A new kind of item is priced after the others: theirs stay as they are.
    """
    dice = random.Random(f"catalogue:{seed}")
    units = (
        {f"sku-{number:04d}": STOCK_UNITS for number in range(skus)}
        | {f"{SOLD_OUT}{number:02d}": 0 for number in range(SOLD_OUT_SKUS)}
        | {f"{LAST_UNIT}{number:03d}": LAST_UNITS for number in range(LAST_UNIT_SKUS)}
    )
    return Catalogue({sku: dice.randint(PRICE_CENTS_MIN, PRICE_CENTS_MAX) for sku in units}, units)
