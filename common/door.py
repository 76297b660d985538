"""The customer's HTTP door, the same for every arm.

What lies behind it, it does not know: an `Entry` takes orders in.
"""

from __future__ import annotations

import hashlib
import math
import re
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from common.admission import TICKET, Admission, OpenOrders
from common.bodies import (
    BODY_BYTES_MAX,
    Accepted,
    ClosingRow,
    ClosingsPage,
    EventRow,
    OrderBody,
    OrderPage,
    Problem,
)
from common.domain.catalogue import Catalogue
from common.domain.model import Order, OrderLine
from common.messages import Unreachable, decode_data
from common.settings import Settings
from common.store.closings import Closings
from common.store.orders import OrdersView, OrderView
from common.telemetry import context
from common.telemetry.meters import Meters

ORDERS = "/orders"
ORDER_ID = r"^[0-9a-f]{32}$"
CURSOR = r"^(\d{1,15}-\d{1,10}_\d{1,15}-\d{1,10})?$"
WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,3})", re.IGNORECASE)
CLOSE_WITHIN = re.compile(r"(?:^|[,;\s])close-within\s*=\s*(\d{1,4}(?:\.\d{1,3})?)(?=$|[,;\s])", re.IGNORECASE)
WAIT_S_MAX = 30
KEYS = uuid.UUID("6f1c2a52-0f0e-5a5e-9a0b-6d1f3f3b7c11")  # the name space of order ids made from idempotency keys
PROBLEM = "application/problem+json"
FEED_WAIT_S_MAX = 2.0  # below the time in which a process must be able to stop
PREFERENCES = (
    "RFC 7240. `wait=N`: answer with the closed order when it closes within N seconds."
    " `close-within=S`: give the order up when it is not closed after S seconds, sooner than the arm's own deadline"
)
IN_DOUBT = (
    "the store did not answer, so the order may or may not have been taken in:"
    " ask again with the same Idempotency-Key, and you will not get two"
)


class Conflict(Exception):
    """The same idempotency key came with another body."""


class Entry(Protocol):
    """What is behind the door: it takes an order in durably, once."""

    async def accept(self, order: Order, digest: str, traceparent: str) -> None:
        """Returns when the order is durable.

        Raises Conflict for another body, Unreachable when it could not be taken in.
        """

    async def accepted(self, order_id: str) -> Order | None:
        """An order that was taken in and may not be placed yet, if there is one."""

    @property
    def open_orders(self) -> OpenOrders:
        """Orders accepted and not closed, as far as known."""


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Problem details after RFC 9457."""
    body = Problem(title=title, status=status, detail=detail).model_dump()
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=PROBLEM)


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": text, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for code, text in {
        400: "The body is not readable text",
        404: "There is no such order",
        405: "This path knows other methods",
        408: "The body did not come in time; nothing was done",
        409: "The same Idempotency-Key came with another body",
        413: f"The body is over {BODY_BYTES_MAX} bytes",
        422: "The request makes no sense; the detail says where",
        429: "Too many requests",
        503: "Nobody could say; ask again after Retry-After seconds, for an order with the same Idempotency-Key",
    }.items()
}


def _answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: PROBLEMS[code] for code in codes}


class _Door(FastAPI):
    """An app whose document also says what FastAPI cannot know: which SKUs there are, and what a Problem is."""

    skus: Sequence[str] = ()

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schemas = document["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        schemas["LineBody"]["properties"]["sku"]["enum"] = self.skus
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document


def make_door(
    arm: str, entry: Entry, view: OrdersView, catalogue: Catalogue, settings: Settings, meters: Meters
) -> FastAPI:
    """The app of an arm's door."""
    app = _Door(
        title="Harmony: the customer's door",
        version="1",
        description=f"Takes orders in for the arm {arm}. The same for every arm.",
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,
        redoc_url=None,
    )
    app.skus = sorted(catalogue.prices)
    _explain_errors(app)
    statuses = (200, 202, 500, *(code for code in PROBLEMS if isinstance(code, int)))
    meters.has_door(statuses, lambda: math.nan if entry.open_orders.looked is None else entry.open_orders.looked)
    app.state.known = lambda: entry.open_orders.looked is not None
    full = _come_back(f"{settings.open_max} orders are open already, or may be: nothing was done, try again")
    app.add_middleware(Admission, ORDERS, entry.open_orders, full)
    _post(app, entry, view, catalogue, settings, meters)
    _reads(app, entry, view)
    return app


def _post(
    app: FastAPI, entry: Entry, view: OrdersView, catalogue: Catalogue, settings: Settings, meters: Meters
) -> None:
    closings = Closings(view)

    @app.post(
        ORDERS,
        status_code=202,
        response_model=Accepted,
        responses={
            200: {"model": OrderPage, "description": "Closed within the time given by Prefer: wait"},
            202: {"description": "Taken in, durably", "headers": {"Location": {"schema": {"type": "string"}}}},
            **_answers(400, 408, 409, 413, 422, 429, 503),
        },
    )
    async def place_order(
        request: Request,
        body: OrderBody,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=128)] = None,
        prefer: Annotated[str | None, Header(max_length=200, description=PREFERENCES)] = None,
        traceparent: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Response:
        began, ticket = time.perf_counter(), request.scope[TICKET]
        order = _order(body, catalogue, _close_within_s(prefer, settings), idempotency_key)
        wait_s = _wait_s(prefer)
        cursor, trace = await closings.start() if wait_s else "", _trace(traceparent)
        try:
            await entry.accept(order, _digest(order), trace)
            ticket.settle(taken=True)
        except Conflict:
            return problem(409, "Conflict", "this Idempotency-Key came with another body before")
        except Unreachable:
            ticket.settle(taken=True)  # it may be in: the next look tells
            return _come_back(IN_DOUBT)
        meters.clock("accepted", time.perf_counter() - began, trace)
        location = {"Location": f"/orders/{order.order_id}"}
        if wait_s and await closings.wait(order.order_id, cursor, wait_s):
            with suppress(Unreachable):  # it is taken in: whatever happens from here on, the answer is no failure
                if seen := await view.order(order.order_id):
                    return JSONResponse(_page(order.order_id, seen).model_dump(), 200, headers=location)
        return JSONResponse({"order_id": order.order_id, "status": "open"}, 202, headers=location)


def _reads(app: FastAPI, entry: Entry, view: OrdersView) -> None:
    @app.get("/orders/{order_id}", response_model=OrderPage, responses=_answers(404, 422, 503))
    async def read_order(order_id: Annotated[str, Path(pattern=ORDER_ID)]) -> Response:
        seen = await view.order(order_id)
        if seen is None and (waiting := await entry.accepted(order_id)):
            seen = OrderView("open", None, waiting.amount_cents, None, None, None)
        if seen is None:
            return problem(404, "Not Found", f"there is no order {order_id}")
        return JSONResponse(_page(order_id, seen).model_dump())

    @app.get("/orders/{order_id}/events", response_model=list[EventRow], responses=_answers(404, 422, 503))
    async def read_events(order_id: Annotated[str, Path(pattern=ORDER_ID)]) -> Response:
        events = await view.events(order_id)
        if not events and await entry.accepted(order_id) is None:
            return problem(404, "Not Found", f"there is no order {order_id}")
        return JSONResponse(
            [
                {"type": event.kind, "service": event.service, "time": event.time, "data": decode_data(event.data)}
                for event in events
            ]
        )

    @app.get("/closings", response_model=ClosingsPage, responses=_answers(422, 503))
    async def read_closings(
        after: Annotated[str, Query(pattern=CURSOR)] = "",
        wait: Annotated[float, Query(ge=0, le=FEED_WAIT_S_MAX)] = 0,
    ) -> Response:
        """Orders closed after a cursor (an empty one: from now on), waiting up to `wait` seconds for the first."""
        if not after:
            return JSONResponse(ClosingsPage(cursor=await view.closings_now(), closings=[]).model_dump())
        cursor, found = await view.closings(after, wait)
        rows = [ClosingRow(order_id=each.order_id, status=each.status, closed_at=each.closed_at) for each in found]
        return JSONResponse(ClosingsPage(cursor=cursor, closings=rows).model_dump())


def _order(body: OrderBody, catalogue: Catalogue, close_within_s: float, key: str | None) -> Order:
    wanted: dict[str, int] = {}
    for line in body.lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    unknown = [sku for sku in wanted if sku not in catalogue.prices]
    if unknown:
        raise HTTPException(422, f"not in the catalogue: {', '.join(unknown[:3])}")
    lines = tuple(OrderLine(sku, quantity, catalogue.prices[sku]) for sku, quantity in sorted(wanted.items()))
    now_ms = int(time.time() * 1000)
    order_id = uuid.uuid5(KEYS, key).hex if key else f"{now_ms:012x}{secrets.token_hex(10)}"
    deadline_ms = now_ms + int(close_within_s * 1000)
    return Order(order_id, body.customer_id, lines, body.address, now_ms, deadline_ms)


def _digest(order: Order) -> str:
    lines = [(line.sku, line.quantity) for line in order.lines]
    return hashlib.sha256(repr((order.customer_id, lines, order.address)).encode()).hexdigest()[:32]


def _trace(given: str | None) -> str:
    """The caller's trace context, or a new one (W3C Trace Context), not sampled."""
    return given if given and context.is_valid(given) else context.fresh()


def _wait_s(prefer: str | None) -> int:
    found = WAIT.search(prefer or "")
    return min(int(found.group(1)), WAIT_S_MAX) if found else 0


def _close_within_s(prefer: str | None, settings: Settings) -> float:
    """How soon the customer wants the order closed: never later than the lab's own deadline."""
    found = CLOSE_WITHIN.search(prefer or "")
    return min(float(found.group(1)), settings.deadline_s) if found else settings.deadline_s


def _page(order_id: str, seen: OrderView) -> OrderPage:
    return OrderPage(
        order_id=order_id,
        status=seen.status,
        reason=seen.reason,
        amount_cents=seen.amount_cents,
        placed_at=seen.placed_at,
        decided_at=seen.decided_at,
        closed_at=seen.closed_at,
    )


def _come_back(why: str) -> JSONResponse:
    return problem(503, "Service Unavailable", why, {"Retry-After": "1"})


def _explain_errors(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first.get("loc", ()))
        return problem(422, "Unprocessable Content", f"{where}: {first.get('msg', 'not valid')}")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, "Refused", str(error.detail), error.headers)

    @app.exception_handler(Unreachable)
    async def unreachable(request: Request, error: Unreachable) -> Response:
        return _come_back("the store cannot be asked at the moment: try again")

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        return problem(500, "Internal Server Error", "a bug of the lab: its log has the trace")
