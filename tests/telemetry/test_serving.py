"""The edge of a process: requests of traced orders get a span, and at a door it is decided what is traced."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from common.telemetry import context
from common.telemetry.serving import Serving, tell
from common.telemetry.tracing import Policy, Tracing
from tests.telemetry.test_tracing import GIVEN, ORIGIN, UNSAMPLED, told, written


async def orders(request: Request) -> Response:
    """Says under which context it was called."""
    seen = {"traceparent": request.headers.get("traceparent")}
    return JSONResponse(seen, 202, headers={"location": "/orders/7"})


async def operations(request: Request) -> Response:
    tell(request.scope, order_id="7", operation=request.path_params["operation"], outcome="accepted")
    if request.path_params["operation"] == "break":
        raise RuntimeError("a bug")
    return JSONResponse({"traceparent": request.headers.get("traceparent")})


class Edge:
    """An app as a process serves it."""

    def __init__(self, folder: Path, share: float = 0.0, door: bool = True) -> None:
        self.folder = folder
        self.answers = Counter[int]()
        self.tracing = Tracing(ORIGIN, Policy(share, folder=str(folder)))
        routes = [
            Route("/orders", orders, methods=["POST", "GET"]),
            Route("/operations/{operation}", operations, methods=["POST"]),
        ]
        counted = (lambda status: self.answers.update([status])) if door else None
        app = Starlette(routes=routes)
        app.add_middleware(Serving, self.tracing, counted)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:18100")

    async def post(self, path: str, traceparent: str = "") -> Any:
        answer = await self.client.post(path, headers={"traceparent": traceparent} if traceparent else {})
        return answer.json() if answer.status_code < 500 else None

    def spans(self) -> list[dict[str, Any]]:
        self.tracing.close()
        return written(self.folder)


async def test_a_door_decides_by_its_share_and_the_first_span_has_no_parent(tmp_path: Path) -> None:
    edge = Edge(tmp_path, share=1.0)
    seen = await edge.post("/orders")
    (span,) = edge.spans()
    assert seen["traceparent"] == f"00-{span['traceId']}-{span['spanId']}-01"
    assert "parentSpanId" not in span
    assert (span["name"], span["kind"]) == ("POST /orders", 2)
    assert told(span["attributes"]) == {
        "http.request.method": "POST",
        "http.route": "/orders",
        "url.path": "/orders",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": "18100",
        "http.response.status_code": "202",
        "harmony.order_id": "7",
    }


@pytest.mark.parametrize("share", [0.0, 1.0])
async def test_a_caller_who_has_decided_is_obeyed(tmp_path: Path, share: float) -> None:
    edge = Edge(tmp_path, share)
    assert (await edge.post("/orders", UNSAMPLED))["traceparent"] == UNSAMPLED
    seen = await edge.post("/orders", GIVEN)
    (span,) = edge.spans()
    assert span["parentSpanId"] == context.span_id_of(GIVEN)
    assert context.trace_id_of(seen["traceparent"]) == context.trace_id_of(GIVEN)


async def test_a_caller_whose_context_is_garbled_is_treated_as_if_there_were_none(tmp_path: Path) -> None:
    edge = Edge(tmp_path, share=1.0)
    seen = await edge.post("/orders", GIVEN.upper())
    (span,) = edge.spans()
    assert "parentSpanId" not in span
    assert seen["traceparent"] != GIVEN.upper()


async def test_whoever_is_no_door_decides_nothing(tmp_path: Path) -> None:
    edge = Edge(tmp_path, share=1.0, door=False)
    assert (await edge.post("/orders"))["traceparent"] is None
    assert (await edge.post("/operations/charge"))["traceparent"] is None
    assert edge.spans() == []
    assert not edge.answers


async def test_an_asked_operation_is_a_span_named_by_its_route(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    await edge.post("/operations/charge", GIVEN)
    (span,) = edge.spans()
    said = told(span["attributes"])
    assert span["name"] == "POST /operations/{operation}"
    assert (said["http.route"], said["url.path"]) == ("/operations/{operation}", "/operations/charge")
    assert (said["harmony.operation"], said["harmony.outcome"]) == ("charge", "accepted")


async def test_a_path_that_fits_no_route_names_no_span(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    await edge.client.post("/any/thing", headers={"traceparent": GIVEN})
    (span,) = edge.spans()
    assert span["name"] == "POST"
    assert "http.route" not in told(span["attributes"])


async def test_a_handler_that_breaks_is_an_error_of_its_span(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    await edge.post("/operations/break", GIVEN)
    (span,) = edge.spans()
    assert span["status"]["code"] == 2
    assert told(span["attributes"])["http.response.status_code"] == "500"


async def test_a_door_counts_its_answers_traced_or_not_and_looks_at_posted_orders_only(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    await edge.post("/orders", GIVEN)
    await edge.post("/orders", UNSAMPLED)
    await edge.post("/orders")
    await edge.client.get("/orders")
    await edge.client.post("/nowhere")
    assert edge.answers == {202: 3}
