"""A worker with the five services in its own process, for tests of the jobs: everything real but the wire to them."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
from importlib import import_module
from multiprocessing.context import SpawnProcess

from common.messages import Answer, Request
from common.service import Service
from common.settings import Settings
from common.store.commit import Store
from common.store.connect import Credentials, connect
from common.telemetry.meters import Meters
from common.transport.rq.worker import ThreadWorker
from orchestration.asking import Ask, Asking
from orchestration.jobs import Conductor
from orchestration.journal import Journal
from orchestration.saga import ORDER_SAGA

SERVICES = ("order", "inventory", "payment", "shipping", "notification")
SETTINGS = Settings(lease_s=0.5)


def meters() -> Meters:
    return Meters("orchestration", "rq", "worker")


def asker(credentials: Credentials, dies_at: str = "", hangs_at: str = "") -> Ask:
    """Asks services that live here. At one operation the process can be made to die, or to wait for ever."""
    redis = connect(credentials)
    services = {
        name: Service(import_module(f"common.domain.{name}").OPERATIONS, Store(redis, name), meters())
        for name in SERVICES
    }

    async def ask(service: str, request: Request) -> Answer:
        if request.operation == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if request.operation == hangs_at:
            await asyncio.sleep(3600)
        return (await services[service].perform([request]))[0]

    return ask


def conductor(credentials: Credentials, name: str, ask: Ask) -> Conductor:
    counts = meters()
    journal = Journal(connect(credentials), name, SETTINGS, counts)
    return Conductor(ORDER_SAGA, journal, Asking(ORDER_SAGA, journal, ask, SETTINGS, counts), SETTINGS, counts)


def start_worker(credentials: Credentials, name: str, dies_at: str = "", hangs_at: str = "") -> SpawnProcess:
    """A worker in a process of its own."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_work, args=(credentials, name, dies_at, hangs_at), daemon=True)
    process.start()
    return process


def _work(credentials: Credentials, name: str, dies_at: str, hangs_at: str) -> None:
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s %(name)s {name} %(message)s")

    async def live() -> None:
        conducting = conductor(credentials, name, asker(credentials, dies_at, hangs_at))
        await asyncio.gather(conducting.keep(), ThreadWorker(credentials, name, conducting.conduct).listen())

    asyncio.run(live())
