"""The shapes of what goes through the customer's door."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

BODY_BYTES_MAX = 16_384
LINES_MAX = 50
QUANTITY_MAX = 1_000

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _whole(value: object) -> object:
    """JSON Schema takes 2.0 for an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class LineBody(BaseModel):
    """So many of one item. Two lines of one SKU are merged."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sku: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX), BeforeValidator(_whole)]


class OrderBody(BaseModel):
    """What a customer asks for. Ids that begin with `declined-` have a card that is declined; addresses that begin
    with `undeliverable` cannot be reached: for trying out refusals, like the test cards of payment providers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    customer_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$")]
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=LINES_MAX)]
    address: Text


class Accepted(BaseModel):
    """The order has been taken in, durably."""

    order_id: str
    status: Literal["open"]


class OrderPage(BaseModel):
    """An order; null where nothing is known yet. Times are RFC 3339."""

    order_id: str
    status: str
    reason: str | None
    amount_cents: int
    placed_at: str | None
    decided_at: str | None
    closed_at: str | None


class EventRow(BaseModel):
    """One event of an order, as its service's log has it."""

    type: str
    service: str
    time: str
    data: dict[str, Any]


class ClosingRow(BaseModel):
    """An order that has been closed."""

    order_id: str
    status: str
    closed_at: str


class ClosingsPage(BaseModel):
    """Closings after a cursor, and the next cursor."""

    cursor: str
    closings: list[ClosingRow]


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
