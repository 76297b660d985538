"""The customers' side joined with the commits: a row per order with all three clocks, as `orders.ndjson`
has it.

accepted: the customer holds a 202 (the load's clock). decided: the last commit that changed or refused
stock or money. closed: the commit of `complete` or `cancel` (both the server's clock). What has not come is
null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchmarks.rows import Row

DECIDES = ("InventoryUpdated", "OutOfStock", "OrderPayed", "PaymentDeclined")
GIVES_BACK = {"InventoryReleased": "quantity", "PaymentRefunded": "amount_cents"}
CLOSES = {"OrderCompleted": "completed", "OrderCancelled": "cancelled"}


def joined(load: Iterable[Row], events: Iterable[Row]) -> Iterator[Row]:
    """The load's rows with `decided_ms`, `closed_ms`, `status` and `reason`, in the load's order."""
    endings: dict[str, Row] = {}
    for event in events:
        _note(endings.setdefault(str(event["subject"]), {}), event)
    for row in load:
        yield {**row, **_ending(row, endings.get(str(row.get("order_id")), {}))}


def _note(ending: Row, event: Mapping[str, Any]) -> None:
    kind, data = str(event["type"]), event.get("data") or {}
    if kind in DECIDES or (kind in GIVES_BACK and data.get(GIVES_BACK[kind])):
        ending["decided_ms"] = max(float(event["time_ms"]), ending.get("decided_ms", 0.0))
    if kind in CLOSES and "closed_ms" not in ending:
        ending["closed_ms"] = float(event["time_ms"])
        ending["status"] = CLOSES[kind]
        ending["reason"] = data.get("reason") or None


def _ending(row: Row, ending: Row) -> Row:
    """Decided is told of closed orders only: until then another decision may follow."""
    closed = "closed_ms" in ending
    return {
        "decided_ms": ending.get("decided_ms") if closed else None,
        "closed_ms": ending.get("closed_ms"),
        "status": ending.get("status") or _unclosed(row),
        "reason": ending.get("reason"),
    }


def _unclosed(row: Row) -> str:
    if row.get("accepted_ms") is not None:
        return "open"
    refused = row["expected"] == "malformed" and 400 <= int(row.get("http_status") or 0) < 500
    return "refused" if refused else "failed"
