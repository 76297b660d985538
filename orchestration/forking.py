"""A worker that is RQ's own: beside the process with our HTTP server lives one that forks for each job.

It shows what RQ gives out of the box. A job's process has a loop, connections and a name in the journal of its own, and
tells what it has counted through a pipe before it leaves. Whoever finds its parent gone leaves, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from fastapi import FastAPI

from common import process
from common.parts import Parts, parts
from common.process import ProcessSpec
from common.telemetry.meters import Meters
from common.transport.http import HttpAsker
from common.transport.rq.worker import fork_for_each_job
from orchestration.jobs import Conductor

LOOK_S = 0.1
PIPE_BYTES = 65_536
PATIENCE_S = 1.1  # RQ waits for the job under way when it is told to stop, and kills it when told again, not earlier
Conducting = Callable[[Parts, HttpAsker], Conductor]


class Child:
    """The process that forks for each job."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._gone = False

    def gone(self) -> bool:
        """Whether it has left. Its number is not to be used any more when it has."""
        self._gone = self._gone or os.waitpid(self._pid, os.WNOHANG) != (0, 0)
        return self._gone

    async def watch(self) -> None:
        """Until it has left, which it should not have."""
        while True:
            if self.gone():
                raise RuntimeError("the worker has ended")
            await asyncio.sleep(LOOK_S)

    def end(self) -> None:
        """Have it stop, and its job; make it stop when it does not."""
        for number, patience_s in (
            (signal.SIGTERM, PATIENCE_S),
            (signal.SIGTERM, LOOK_S),
            (signal.SIGKILL, PATIENCE_S),
        ):
            if self.gone():
                return
            os.kill(self._pid, number)
            give_up = time.monotonic() + patience_s
            while not self.gone() and time.monotonic() < give_up:
                time.sleep(LOOK_S / 10)


def run_forking_worker(spec: ProcessSpec, conducting: Conducting) -> None:
    """A worker's process: lives until SIGTERM."""
    told, tell = os.pipe()
    parent = os.getpid()
    pid = os.fork()  # before there is a loop, a thread or a socket in here
    if pid == 0:
        os.close(told)
        _work(spec, conducting, tell, parent)
    os.close(tell)
    child = Child(pid)

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        asyncio.get_running_loop().add_reader(told, _hear, told, made.meters)
        return made.finish(process.plain_app(spec), lambda: True), [child.watch]

    try:
        process.live(spec, build)
    finally:
        child.end()


def _hear(told: int, meters: Meters) -> None:
    """Add up what jobs have counted. Each writes once, less than a pipe takes whole."""
    for line in os.read(told, PIPE_BYTES).decode().splitlines():
        with suppress(ValueError):  # the last line, when they come faster than we read
            for name, labels, amount in json.loads(line):
                meters.add(name, labels, amount)


def _work(spec: ProcessSpec, conducting: Conducting, tell: int, parent: int) -> None:
    """What the process does that forks for each job. Does not return."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format=f"%(asctime)s %(levelname)s {spec.arm}/{spec.name} %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()

    def perform(order_id: str, size: int, traceparent: str) -> None:
        asyncio.run(_perform(spec, conducting, tell, (order_id, size, traceparent)))

    try:
        fork_for_each_job(spec.redis, spec.name, perform)
    finally:
        os._exit(1)


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)


async def _perform(spec: ProcessSpec, conducting: Conducting, tell: int, job: tuple[str, int, str]) -> None:
    """One job, in a process of its own.

    Its spans go to the file alone: each job would find out anew that an endpoint is away, and the next one wait for it.
    """
    parent = os.getppid()
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    made = parts(replace(spec, settings=spec.settings.model_copy(update={"otlp_endpoint": ""})))
    asker = HttpAsker(spec.service, spec.addresses, made.meters, spec.settings.http_client, made.tracing)
    conductor = conducting(made, asker)
    keeping = asyncio.create_task(conductor.keep())
    try:
        await conductor.conduct(*job)
    finally:
        keeping.cancel()
        with suppress(BrokenPipeError):  # whoever counts is gone
            os.write(tell, f"{json.dumps(made.meters.counted())}\n".encode())
        made.tracing.close()  # a job's process leaves without a farewell: what it has not told by then is lost
        await asker.close()
        await made.redis.aclose()
