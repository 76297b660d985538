"""How a process lives: its HTTP server, its loops, its signals, and its end when whoever started it is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import uvicorn
import uvloop
from fastapi import Depends, FastAPI, Header, Response
from fastapi.responses import PlainTextResponse

from common.guard import Guard, token_guard
from common.settings import Settings
from common.store.connect import Credentials
from common.telemetry.meters import Meters
from common.transport import http

PARENT_LOOK_S = 0.5
CANCELS_MAX = 20
STOP_S_MAX = 1  # for requests under way when asked to stop; what is not answered is asked again by its name
KEEP_ALIVE_S = 75  # above any idle gap between blocks of load, or connections are torn down under the client


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """Everything that a process is told. `addresses` and `subscribers` are empty where the wiring needs none."""

    arm: str
    pattern: str
    transport: str
    service: str
    replica: int
    host: str
    port: int
    redis: Credentials
    door: Credentials | None
    addresses: dict[str, tuple[str, ...]]
    subscribers: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]  # whom to post to -> event types, its base URLs
    token: str
    settings: Settings
    traces: str = ""  # folder for the traces of orders; none are kept without
    known_as: tuple[str, ...] = ()  # names besides the loopback's by which it may be asked, where it is not alone

    @property
    def name(self) -> str:
        """`payment-1`"""
        return f"{self.service}-{self.replica}"

    def __repr__(self) -> str:
        return f"ProcessSpec({self.arm}/{self.name} on {self.host}:{self.port})"


Loop = Callable[[], Coroutine[None, None, None]]
Ready = Callable[[], bool]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours: uvicorn would raise them again after its own stop, before our loops have ended."""
        yield


def plain_app(spec: ProcessSpec) -> FastAPI:
    """The app of a process without a door."""
    return FastAPI(title=f"Harmony: {spec.service}", telemetry={"tracing": False, "metrics": False, "logs": False})


def health_routes(app: FastAPI, spec: ProcessSpec, meters: Meters, ready: Ready) -> None:
    """What every process serves: `/health/live`, `/health/ready`, `/metrics`; for the lab, `/settings` in force."""

    @app.get("/health/live", include_in_schema=False)
    def live() -> PlainTextResponse:
        return PlainTextResponse("live")

    @app.get("/health/ready", include_in_schema=False)
    def is_ready() -> PlainTextResponse:
        return PlainTextResponse("ready") if ready() else PlainTextResponse("not yet", 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics(accept: Annotated[str, Header()] = "") -> Response:
        page, media_type = meters.page(accept)
        return Response(page, headers={"content-type": media_type})

    @app.get("/settings", include_in_schema=False, dependencies=[Depends(token_guard(spec.token))])
    def settings() -> dict[str, Any]:
        told = {"pattern": spec.pattern, "transport": spec.transport, "service": spec.service}
        used = {"http_client_used": " and ".join(sorted(http.made)) or "none"}
        return told | used | {"settings": spec.settings.model_dump()}


def live(spec: ProcessSpec, build: Callable[[], tuple[FastAPI, Sequence[Loop]]]) -> None:
    """Build the parts inside an event loop, serve and loop until SIGTERM; leave with 1 when a loop fails."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format=f"%(asctime)s %(levelname)s {spec.arm}/{spec.name} %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request would be the dearest part of an arm
    sys.exit(uvloop.run(_live(spec, build)))


async def _live(spec: ProcessSpec, build: Callable[[], tuple[FastAPI, Sequence[Loop]]]) -> int:
    app, loops = build()
    server = _Server(
        uvicorn.Config(
            Guard(app, (spec.host, *spec.known_as)),
            host=spec.host,
            port=spec.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S_MAX,
        )
    )
    _stop_on_signals(server)
    tasks = [asyncio.create_task(loop()) for loop in loops]
    tasks.append(asyncio.create_task(_watch_parent(server)))
    failed = asyncio.create_task(_first_failure(server, tasks))
    try:
        await server.serve()
    except SystemExit:  # it could not listen, and has said why
        await _end_all()
        return 1
    failed.cancel()
    errors = [task.exception() for task in tasks if task.done() and not task.cancelled() and task.exception()]
    for error in errors:
        logging.error("a loop of this process failed", exc_info=error)
    await _end_all()
    await asyncio.to_thread(app.state.close)
    return 1 if errors else 0


async def _end_all() -> None:
    """Cancel whatever still runs, again and again: on Python 3.11 asyncio.wait_for, which redis-py writes under, may
    lose a cancellation that comes in the moment in which it is done."""
    for _ in range(CANCELS_MAX):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.1)
    logging.error("would not end: %s", [task.get_name() for task in left])
    os._exit(1)


def _stop_on_signals(server: uvicorn.Server) -> None:
    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


async def _first_failure(server: uvicorn.Server, tasks: Sequence[asyncio.Future[None]]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    server.should_exit = True


async def _watch_parent(server: uvicorn.Server) -> None:
    parent = os.getppid()
    while True:
        await asyncio.sleep(PARENT_LOOK_S)
        if os.getppid() != parent and not server.should_exit:
            logging.warning("whoever started this process is gone: leaving")
            server.should_exit = True
