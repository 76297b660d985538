"""Labs and peers, started for one row and gone after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.bench.doorway import Doored
from benchmarks.bench.opened import opened
from benchmarks.bench.orders import DEADLINE_MS, Orders
from benchmarks.bench.processes import children, redis_server
from benchmarks.bench.systems import Fed, Queued, pids_of, placed
from common.settings import Settings
from common.store.connect import Credentials
from compose.arms import ARMS, SERVICES
from compose.local.client import LabClient, start_lab

EVENTS, COMMANDS, HTTP = "choreography-streams", "orchestration-streams", "orchestration-http"
CELERY_THREADS = 16


@dataclass(frozen=True, slots=True)
class Started:
    """A lab under measurement."""

    client: LabClient
    orders: Orders

    def fed(self, arm: str = EVENTS) -> Fed:
        """The arm without its door: the bench writes what the door's first durable write would be."""
        put = opened if ARMS[arm].pattern == "orchestration" else placed
        return Fed(self.client.credentials(arm, "admin"), pids_of(self.client.status(), arm), self.orders, put)

    def doored(self, in_flight: int, arm: str = HTTP) -> Doored:
        """The arm with its door."""
        return Doored(self.client.status(), arm, self.client.credentials(arm, "admin"), self.orders, in_flight)


@contextmanager
def lab(orders: Orders, seed: int, *arms: str, **knobs: Any) -> Iterator[Started]:
    """The arms, with deadlines that no batch reaches."""
    settings = Settings(seed=seed, deadline_s=DEADLINE_MS / 1000, **knobs)
    with start_lab([ARMS[arm] for arm in arms], settings) as client:
        yield Started(client, orders)


@contextmanager
def faststream(orders: Orders, seed: int, module: str = "faststream_service", *more: str) -> Iterator[Fed]:
    """Five FastStream processes on a server of their own."""
    commands = [["-m", f"benchmarks.bench.peers.{module}", service, *more] for service in SERVICES]
    with redis_server("faststream", seed, Settings().skus) as server, children(commands) as services:
        for each in services:
            each.tell(asdict(server.admin))
        for each in services:
            each.hear("ready")
        pids = {f"{service}-1": each.pid for service, each in zip(SERVICES, services, strict=True)}
        yield Fed(server.admin, pids | {"redis": server.pid}, orders)


@contextmanager
def celery(started: Started, seed: int) -> Iterator[Queued]:
    """A Celery worker that runs the saga over the started lab's own five services, and the queue's server."""
    status = started.client.status()
    services = {each["service"]: each["url"] for each in status["arms"][HTTP]["processes"]}
    with redis_server("celery", seed, Settings().skus) as queue:
        told = {"broker": broker_url(queue.admin), "addresses": services}
        environment = {"HARMONY_BENCH_CELERY": json.dumps(told), "PYTHONWARNINGS": "ignore"}
        worker = (
            f"-m celery --app benchmarks.bench.peers.celery_saga worker --pool threads --concurrency {CELERY_THREADS}"
            " --loglevel ERROR --without-gossip --without-mingle --without-heartbeat"
        ).split()
        publisher = ["-m", "benchmarks.bench.peers.celery_publisher"]
        with children([worker, publisher], environment) as (working, publishing):
            publishing.hear("ready")
            pids = {name: pid for name, pid in pids_of(status, HTTP).items() if name != "orchestrator-1"}
            pids |= {"worker": working.pid, "redis-queue": queue.pid}
            yield Queued(started.client.credentials(HTTP, "admin"), pids, started.orders, publishing)


def broker_url(admin: Credentials) -> str:
    """A server as Celery wants to be told of it."""
    return f"redis+socket://{admin.username}:{admin.password}@{admin.url.removeprefix('unix://')}"
