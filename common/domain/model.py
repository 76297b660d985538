"""What a customer asks for. Money is integer cents, times are epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many of one item, at the price the customer was shown (cents for one)."""

    sku: str
    quantity: int
    price_cents: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"{self.sku}: a quantity is at least 1, not {self.quantity}")
        if self.price_cents < 0:
            raise ValueError(f"{self.sku}: a price is never negative, not {self.price_cents}")


@dataclass(frozen=True, slots=True)
class Order:
    """One customer's order. Prices are frozen in it, so that a later change of price cannot reach it.

    `placed_ms` is when the door took it in, `deadline_ms` the time by which it must be closed.
    Raises ValueError when it has no lines or two lines of one SKU: the door merges those.
    """

    order_id: str
    customer_id: str
    lines: tuple[OrderLine, ...]
    address: str
    placed_ms: int
    deadline_ms: int

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError(f"order {self.order_id} has no lines")
        if len(self.lines) > 1 and len({line.sku for line in self.lines}) != len(self.lines):
            raise ValueError(f"order {self.order_id} names one SKU twice: merge its lines first")

    @property
    def amount_cents(self) -> int:
        """The price of the whole order."""
        return sum(line.quantity * line.price_cents for line in self.lines)
