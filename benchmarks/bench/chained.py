"""Peers that pass an order on from task to task: a worker for each of the five services, on a server of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from benchmarks.bench.orders import Orders
from benchmarks.bench.processes import Child, Server, children, redis_server
from benchmarks.bench.started import broker_url
from benchmarks.bench.systems import Queued
from common.settings import Settings
from compose.arms import SERVICES


@contextmanager
def taskiq(orders: Orders, seed: int) -> Iterator[Queued]:
    """Five workers of taskiq's stream broker."""
    commands = [["-m", "benchmarks.bench.peers.taskiq_service", service] for service in SERVICES]
    publisher = ["-m", "benchmarks.bench.peers.taskiq_publisher"]
    with redis_server("taskiq", seed, Settings().skus) as server, children([*commands, publisher]) as started:
        for each in started:
            each.tell(asdict(server.admin))
        yield _queued(server, started, orders)


@contextmanager
def celery_chain(orders: Orders, seed: int) -> Iterator[Queued]:
    """Five Celery workers of the solo pool, one task at a time each."""
    commands = [_worker(service).split() for service in SERVICES]
    publisher = ["-m", "benchmarks.bench.peers.celery_chain_publisher"]
    with redis_server("celery", seed, Settings().skus) as server:
        told = {"broker": broker_url(server.admin), "server": asdict(server.admin)}
        environment = {"HARMONY_BENCH_CELERY": json.dumps(told), "PYTHONWARNINGS": "ignore"}
        with children([*commands, publisher], environment) as started:
            yield _queued(server, started, orders)


def _worker(service: str) -> str:
    return (
        f"-m celery --quiet --app benchmarks.bench.peers.celery_chain worker --pool solo --queues {service}"
        f" --hostname {service}@bench --loglevel ERROR --without-gossip --without-mingle --without-heartbeat"
    )


def _queued(server: Server, started: Sequence[Child], orders: Orders) -> Queued:
    for each in started:
        each.hear("ready")
    *workers, publisher = started
    pids = {f"{service}-1": each.pid for service, each in zip(SERVICES, workers, strict=True)}
    return Queued(server.admin, pids | {"redis": server.pid}, orders, publisher)
