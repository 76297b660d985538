"""What a customer asks for. Money is integer cents, times are epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

QUANTITY_MAX = 100_000
PRICE_CENTS_MAX = 10_000_000
LINES_MAX = 100
TEXT_MAX = 300  # characters of an id, a SKU or an address
"""Far above any order, and low enough that no sum of them leaves the integers that a store counts in."""


def _check_text(what: str, text: str) -> None:
    if not 0 < len(text) <= TEXT_MAX:
        raise ValueError(f"{what} has 1 to {TEXT_MAX} characters, not {len(text)}")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many of one item, at the price the customer was shown (cents for one)."""

    sku: str
    quantity: int
    price_cents: int

    def __post_init__(self) -> None:
        _check_text("a SKU", self.sku)
        if not 1 <= self.quantity <= QUANTITY_MAX:
            raise ValueError(f"{self.sku}: a quantity is 1 to {QUANTITY_MAX}, not {self.quantity}")
        if not 0 <= self.price_cents <= PRICE_CENTS_MAX:
            raise ValueError(f"{self.sku}: a price is 0 to {PRICE_CENTS_MAX} cents, not {self.price_cents}")


@dataclass(frozen=True, slots=True)
class Order:
    """One customer's order. Prices are frozen in it, so that a later change of price cannot reach it.

    `placed_ms` is when the door took it in, `deadline_ms` the time by which it must be closed.
    Raises ValueError when it is out of bounds, or has two lines of one SKU: the door merges those.
    """

    order_id: str
    customer_id: str
    lines: tuple[OrderLine, ...]
    address: str
    placed_ms: int
    deadline_ms: int

    def __post_init__(self) -> None:
        for what, text in (("an order id", self.order_id), ("a customer id", self.customer_id)):
            _check_text(what, text)
        _check_text("an address", self.address)
        if not 0 < len(self.lines) <= LINES_MAX:
            raise ValueError(f"order {self.order_id} has {len(self.lines)} lines: an order has 1 to {LINES_MAX}")
        if len(self.lines) > 1 and len({line.sku for line in self.lines}) != len(self.lines):
            raise ValueError(f"order {self.order_id} names one SKU twice: merge its lines first")

    @property
    def amount_cents(self) -> int:
        """The price of the whole order."""
        return sum(line.quantity * line.price_cents for line in self.lines)
