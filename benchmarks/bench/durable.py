"""Peers that keep a durable history by nature: DBOS over the lab's own HTTP services, Temporal with its dev server."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.bench.orders import Orders
from benchmarks.bench.processes import children, redis_server
from benchmarks.bench.served import postgres, temporal
from benchmarks.bench.started import HTTP, Started
from benchmarks.bench.systems import Queued, pids_of
from common.settings import Settings
from compose.arms import SERVICES


@contextmanager
def dbos_sqlite(started: Started) -> Iterator[Queued]:
    """One DBOS process, its history in a SQLite file of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder,
        _dbos(started, f"sqlite:///{folder}/h") as peer,
    ):
        yield peer


@contextmanager
def dbos_postgres(started: Started, binaries: Path) -> Iterator[Queued]:
    """One DBOS process, its history in a PostgreSQL of its own, whose CPU is on the bill."""
    with postgres(binaries) as server, _dbos(started, server.address, postgres=server.pid) as peer:
        yield peer


@contextmanager
def _dbos(started: Started, database: str, **servers: int) -> Iterator[Queued]:
    status = started.client.status()
    addresses = {each["service"]: each["url"] for each in status["arms"][HTTP]["processes"]}
    command = ["-m", "benchmarks.bench.peers.dbos_saga", database, json.dumps(addresses)]
    with children([command]) as (saga,):
        saga.hear("ready")
        pids = {name: pid for name, pid in pids_of(status, HTTP).items() if name != "orchestrator-1"}
        pids |= {"dbos": saga.pid} | servers
        yield Queued(started.client.credentials(HTTP, "admin"), pids, started.orders, saga)


@contextmanager
def temporal_dev(orders: Orders, seed: int) -> Iterator[Queued]:
    """Five workers with the activities of a service each, one with the workflow, and the dev server."""
    with redis_server("temporal", seed, Settings().skus) as store, temporal() as server:
        services = [["-m", "benchmarks.bench.peers.temporal_service", name, server.address] for name in SERVICES]
        workflow = ["-m", "benchmarks.bench.peers.temporal_workflow", server.address]
        publisher = ["-m", "benchmarks.bench.peers.temporal_publisher", server.address]
        with children([*services, workflow, publisher]) as started:
            *workers, saga, publishing = started
            for each in workers:
                each.tell(asdict(store.admin))
            for each in started:
                each.hear("ready")
            pids = {f"{name}-1": each.pid for name, each in zip(SERVICES, workers, strict=True)}
            pids |= {"workflow": saga.pid, "temporal-server": server.pid, "redis": store.pid}
            yield Queued(store.admin, pids, orders, publishing)
