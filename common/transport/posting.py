"""Events over HTTP: an announcer posts what it has committed to whoever subscribed, and reads nothing but "got it".

The announcer's own stream is its outbox: one consumer group per subscriber reads it and posts each event until it is
taken, at least once and in any order. Who subscribed to what, it is told. The form is CloudEvents' binary mode (HTTP
protocol binding 1.0): attributes as `ce-` headers, the data as the body.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence

import httpx
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from common.crash import Reach, nothing_armed
from common.messages import TRACEPARENT, Malformed, Undecided, Unreachable
from common.store import keys
from common.telemetry import conventions
from common.telemetry.serving import tell
from common.telemetry.tracing import NOTHING_TRACED, Begun, Tracing
from common.telemetry.tries import Tries
from common.transport.heard import about
from common.transport.http import JSON
from common.transport.streams import Entry, event_of, trace_of

ATTRIBUTES = ("id", "type", "source", "subject", "time")
Take = Callable[[Entry], Awaitable[None]]


def event_route(take: Take, reach: Reach = nothing_armed) -> Route:
    """`POST /events/{type}`: 204 when it is done with, for good."""

    async def receive(request: HttpRequest) -> Response:
        if not request.headers.get("content-type", "").startswith(JSON):
            return Response(f"an event comes in {JSON}", 415)
        try:
            entry = _entry(request.path_params["type"], request, await request.body())
            tell(request.scope, order_id=entry.fields["subject"].decode(), event=request.path_params["type"])
            await take(entry)
        except Malformed as error:
            return Response(str(error), 400)
        except Unreachable as error:
            return Response(str(error), 503, {"Retry-After": "1"})
        except Undecided as error:
            return Response(str(error), 500)
        reach("reply.before", (entry.about,))
        return Response(status_code=204)

    return Route("/events/{type}", receive, methods=["POST"], include_in_schema=False)


def _entry(kind: str, request: HttpRequest, body: bytes) -> Entry:
    """The entry of its announcer's stream that was posted."""
    fields = {name: request.headers.get(f"ce-{name}", "").encode() for name in ATTRIBUTES}
    fields |= {TRACEPARENT: request.headers.get(TRACEPARENT, "").encode(), "data": body}
    return Entry(keys.events(fields["source"].decode(), kind), b"", fields)


class Posting:
    """Work for a Consumer: posts each entry to one subscriber, whose replicas are taken in turn."""

    kind = "event"

    def __init__(
        self,
        client: httpx.AsyncClient,
        urls: Sequence[str],
        reach: Reach = nothing_armed,
        tracing: Tracing = NOTHING_TRACED,
    ) -> None:
        self._reach = reach
        self._tracing = tracing
        self._tries = Tries[tuple[str, bytes]]()
        self._client = client
        self._urls = itertools.cycle(urls)

    def read(self, entry: Entry) -> Entry:
        """The entry itself. Raises Malformed when it is no event of this stream."""
        event_of(entry)
        return entry

    def about(self, item: Entry) -> str:
        """The operation that is announced."""
        return item.about

    def ready(self, item: Entry) -> None:
        """Events are posted one by one."""

    async def together(self, batch: Sequence[None]) -> None:
        """Never called: nothing is ever ready."""

    async def alone(self, item: Entry) -> None:
        """Post it. Raises Unreachable when nobody took it, Undecided when taking it failed."""
        headers = {f"ce-{name}": item.fields[name].decode() for name in ATTRIBUTES}
        headers |= {"ce-specversion": "1.0", "Content-Type": JSON}
        span = self._tracing.begin(trace_of(item), crosses=True)
        headers[TRACEPARENT] = span.traceparent
        url = f"{next(self._urls)}/events/{headers['ce-type']}"
        self._reach("publish.before", (item.about,))
        try:
            response = await self._client.post(url, content=item.fields["data"], headers=headers)
        except httpx.TransportError as error:
            self._tell(span, item, url, 0, f"{type(error).__name__}: {error}")
            raise Unreachable(f"a subscriber to {headers['ce-type']}: {type(error).__name__} {error}") from error
        except asyncio.CancelledError:  # this process ends
            self._tell(span, item, url, 0, "cancelled")
            raise
        self._tell(span, item, url, response.status_code)
        if response.status_code == 503:
            raise Unreachable(f"a subscriber to {headers['ce-type']}: {response.text[:200]}")
        if not response.is_success:
            raise Undecided(f"a subscriber to {headers['ce-type']}: {response.status_code} {response.text[:200]}")
        self._reach("publish.after", (item.about,))

    def _tell(self, span: Begun, item: Entry, url: str, status: int, error: str = "") -> None:
        if not span.sampled:
            return
        told = about(item) | {conventions.EVENT: item.fields["type"].decode(), conventions.OPERATION: item.about}
        if before := self._tries.before(item.name, done=httpx.codes.is_success(status)):
            told[conventions.RESEND_COUNT] = before
        span.end(conventions.asked("/events/{type}", url, status, told, error))
