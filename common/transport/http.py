"""Requests and answers over HTTP: the routes that a service offers, and the client that asks it.

200 is an answer, yes or no. 503 or no answer at all: nobody decided (Unreachable). Anything else: a failed attempt.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

import httpx
from httpx_aiohttp import AiohttpTransport
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from common.crash import Reach, nothing_armed
from common.messages import (
    TRACEPARENT,
    Answer,
    Malformed,
    Request,
    Undecided,
    Unreachable,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from common.service import outcome_of
from common.telemetry import conventions
from common.telemetry.meters import Meters
from common.telemetry.serving import tell
from common.telemetry.tracing import NOTHING_TRACED, Begun, Tracing
from common.telemetry.tries import Tries

ANSWER_S_MAX = 2.0  # a decision takes milliseconds; whoever has not answered by then is asked again by the same name
CONNECTIONS_MAX = 512  # above the requests that one process may have in flight: five services times the limit of each
JSON = "application/json"

Handle = Callable[[Request], Awaitable[Answer]]
Kind = Literal["httpx-aiohttp", "httpx"]
Client = httpx.AsyncClient

made: Counter[Kind] = Counter()
"""How many clients of each kind this process has made: what it really uses, whatever its settings allow."""


def http_client(kind: Kind) -> Client:
    """The client for whoever talks to another process of the lab, one for all of them."""
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loopback needs no TLS, and loading authorities takes 60 ms
    transport = AiohttpTransport(verify=plain, limits=limits) if kind == "httpx-aiohttp" else None
    made[kind] += 1
    return httpx.AsyncClient(transport=transport, limits=limits, timeout=ANSWER_S_MAX, verify=plain, trust_env=False)


def operation_route(handle: Handle, reach: Reach = nothing_armed) -> Route:
    """`POST /operations/{operation}`: a plain Starlette route, as pydantic would cost more than the operation
    itself."""

    async def perform(request: HttpRequest) -> Response:
        if not request.headers.get("content-type", "").startswith(JSON):
            return Response(f"an operation is asked for in {JSON}", 415)
        try:
            asked = decode_request(
                request.path_params["operation"], await request.body(), request.headers.get(TRACEPARENT, "")
            )
            tell(request.scope, order_id=asked.order.order_id, operation=asked.operation)
            answer = await handle(asked)
            tell(request.scope, outcome=outcome_of(answer))
        except Malformed as error:
            return Response(str(error), 400)
        except Unreachable as error:
            return Response(str(error), 503, {"Retry-After": "1"})
        except Undecided as error:
            return Response(str(error), 500)
        reach("reply.before", (asked.operation,))
        return Response(encode_answer(answer), media_type=JSON)

    return Route("/operations/{operation}", perform, methods=["POST"], include_in_schema=False)


class HttpAsker:
    """Asks services over HTTP, in the name of one that asks. Several addresses of one service are taken in turn."""

    def __init__(
        self,
        name: str,
        addresses: Mapping[str, Sequence[str]],
        meters: Meters,
        kind: Kind = "httpx-aiohttp",
        tracing: Tracing = NOTHING_TRACED,
    ) -> None:
        self._name = name
        self._tracing = tracing
        self._tries = Tries[tuple[str, str]]()
        self._meters = meters
        self._addresses = {service: itertools.cycle(urls) for service, urls in addresses.items()}
        self._client = http_client(kind)

    async def ask(self, service: str, request: Request) -> Answer:
        """The answer. Raises Unreachable when nobody decided, Undecided when the attempt failed."""
        url = f"{next(self._addresses[service])}/operations/{request.operation}"
        span = self._tracing.begin(request.traceparent)
        headers = {"Content-Type": JSON, TRACEPARENT: span.traceparent}
        body = encode_request(request)
        self._meters.message("command", self._name, service, len(body))
        try:
            response = await self._client.post(url, content=body, headers=headers)
        except httpx.TransportError as error:
            self._tell(span, request, url, 0, f"{type(error).__name__}: {error}")
            raise Unreachable(f"{service}: {type(error).__name__} {error}") from error
        except asyncio.CancelledError:  # whoever asked waits no more
            self._tell(span, request, url, 0, "cancelled")
            raise
        self._meters.message("reply", service, self._name, len(response.content))
        if response.status_code != 200:
            self._tell(span, request, url, response.status_code)
        if response.status_code == 503:
            raise Unreachable(f"{service}: {response.text[:200]}")
        if response.status_code != 200:
            raise Undecided(f"{service}: {response.status_code} {response.text[:200]}")
        try:
            answer = decode_answer(request.operation, response.content)
        except Malformed as error:
            self._tell(span, request, url, 200, f"Malformed: {error}")
            raise Undecided(f"{service}: {error}") from error
        self._tell(span, request, url, 200, outcome=outcome_of(answer))
        return answer

    def _tell(self, span: Begun, request: Request, url: str, status: int, error: str = "", outcome: str = "") -> None:
        if not span.sampled:
            return
        name = (request.order.order_id, request.operation)
        told: dict[str, conventions.Value] = {conventions.ORDER_ID: name[0], conventions.OPERATION: name[1]}
        if before := self._tries.before(name, done=bool(outcome)):
            told[conventions.RESEND_COUNT] = before
        if outcome:
            told[conventions.OUTCOME] = outcome
        span.end(conventions.asked("/operations/{operation}", url, status, told, error))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
