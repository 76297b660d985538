"""The load, as Locust runs it: `locust -f benchmarks/locustfile.py --host http://127.0.0.1:18100 --rate 50
--seed 7`.

Open loop: `--rate` orders a second are due at moments drawn from `--seed`, and each is sent when it is due. What they
ask for and how the rate changes is the `--scenario`'s, over `--seconds` (`scenarios.py`, `shapes.py`).
All users share that one schedule and one pool of connections, so neither `-u` nor the spawn rate (nor users
added, removed or spawned late) changes the load: one user is enough. Locust's table has two entries, both
counted from when an order was due: `accepted, from due` (its 202 was here) and `closed, from due` (the
server's time of completing or cancelling it). Locust rounds them; the exact ones are the rows that `--rows
FILE` keeps.

With `--processes 4`, or `--master` and `--worker`, several processes send that one schedule between them, each
arrival once; then every worker keeps rows in a FILE of its own (`load-0.ndjson`). See `locust_workers.py`.

`harmony run` uses this same file with `--plan FILE`, block after block over several arms, in one process.
Here live only the wires between Locust and the load; the load itself is in `openloop.py` and `blocks.py`.
"""

from __future__ import annotations

import atexit
import json
import logging
import math
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import gevent
from geventhttpclient.client import HTTPClientPool
from locust import FastHttpUser, events, task
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, WorkerRunner

from benchmarks.blockload import Answer
from benchmarks.blocks import Blocks, LabSeen
from benchmarks.closings import WAIT_S
from benchmarks.locust_options import add_arguments, objection, told
from benchmarks.locust_table import LocustTable
from benchmarks.locust_workers import Master, Worker
from benchmarks.openloop import IN_FLIGHT_MAX, Schedule
from benchmarks.plan import Block, LoadPlan
from benchmarks.rows import Row, Rows
from benchmarks.shares import WHOLE, Share
from common.domain.catalogue import catalogue

ANSWER_S_MAX = 10.0  # a door that has not answered by then never will: an order's whole deadline
CONNECT_S_MAX = 3.0
FEED_S_MAX = WAIT_S + 1.0  # the feed's own answers
FEEDS_MAX = 8  # feeds of closings read at once, one connection each
CENSOR_S = 15.0  # deadline (10 s) and 5 s more, for a load that was handed no plan
DRAIN_INTERRUPTED_S = 1.0
WORKERS_S_MAX = CENSOR_S + 5.0  # for workers to end: as long as orders may stay open, and for questions under way
ORPHAN_S = 0.5  # how soon a planned load sees that whoever started it is gone

hooks: Any = events  # Locust's hooks carry no types
untyped: Any = EventHook


def connections(at_once: int, answer_s: float = ANSWER_S_MAX) -> Any:
    """A pool of connections to each door, shared by all users, so that their number changes nothing."""
    return HTTPClientPool(concurrency=at_once, connection_timeout=CONNECT_S_MAX, network_timeout=answer_s)


def nowhere() -> Any:
    """Where a client of Locust's tells its own figures: they count from sending, and must reach no table."""
    return untyped()


class Sender:
    """Posts orders over one of Locust's clients. Trouble is an answer too."""

    def __init__(self, client: FastHttpSession) -> None:
        self._client: Any = client  # its types know text only as a body

    def post(self, url: str, body: bytes, traceparent: str) -> Answer:
        """Post one order, with a trace context if there is one. Trouble is an answer too."""
        headers = {"Content-Type": "application/json"} | ({"traceparent": traceparent} if traceparent else {})
        response = self._client.request("POST", url, data=body, headers=headers)
        if response.status_code == 0:
            return Answer(0, {}, f"{type(response.error).__name__}: {response.error}")
        come_back = (response.headers or {}).get("Retry-After")
        return Answer(response.status_code, _object(response.content), retry_after=come_back)


class Customers(FastHttpUser):
    """A user: takes arrivals from the schedule that all users share, and sends each when it is due."""

    schedule: ClassVar[Schedule] = Schedule()  # nothing is ever due on this one
    client_pool = connections(IN_FLIGHT_MAX)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client.request_event = nowhere()
        self._sender = Sender(self.client)

    @task
    def order(self) -> None:
        """Send the next order that is due."""
        self.schedule.serve(self._sender.post)


def unattended(schedule: Schedule) -> None:
    """Send what is due for ever (a greenlet's work): for a worker, which may be given no users."""
    sender = Sender(FastHttpSession(None, nowhere(), None, client_pool=Customers.client_pool))
    while True:
        schedule.serve(sender.post)


class Load:
    """What one test of Locust's does: from start to stop, once or (in the web UI) again and again."""

    def __init__(self, environment: Environment, tell_end: Callable[[str], None] | None = None) -> None:
        self._environment = environment
        self._session = FastHttpSession(None, nowhere(), None, client_pool=connections(FEEDS_MAX, FEED_S_MAX))
        self._running: Any = None
        self._blocks: Blocks | None = None
        self._planned = False
        self._tests = 0
        self._tell_end = tell_end

    def start(self, **_: object) -> None:
        """Begin a test with the options as they are now (the web UI may have changed them)."""
        options: Any = self._environment.parsed_options
        if wrong := objection(options):
            LocustTable(self._environment).spoil(wrong)
        else:
            logging.info(told(options))
            self.begin(options, self._environment.host or "", WHOLE)

    def begin(self, options: Namespace, host: str, share: Share) -> None:
        """Begin a test, or a share of one."""
        self._planned = bool(options.plan)
        if self._planned:  # what a run leaves behind must not hold rounded figures: its rows are exact
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)
        lab, plan = planned(Path(options.plan)) if self._planned else endless(options, host, self._tests)
        self._tests += 1
        rows, records = kept(options.rows, share)
        atexit.register(rows.flush)  # also when a second Ctrl-C cuts the ending short
        tell = print_line if self._planned else forget
        self._blocks = Blocks(lab, rows, records, LocustTable(self._environment), self.get, tell, share)
        Customers.schedule = self._blocks.schedule
        self._running = gevent.spawn(self._run, self._blocks, plan)

    def stop(self, **_: object) -> None:
        """End the test: send no more, and (unless blocks are interrupted) let the open orders close."""
        if not self._running or not self._blocks:
            return
        self._blocks.stop(DRAIN_INTERRUPTED_S if self._planned else CENSOR_S)
        self._running.join()

    def get(self, url: str) -> tuple[int, Row]:
        """Ask a door. Status 0 when it does not answer."""
        response: Any = self._session.get(url)
        return response.status_code, _object(response.content)

    def _run(self, blocks: Blocks, plan: tuple[Block, ...]) -> None:
        beside = [gevent.spawn(self._watch_parent, blocks)] if self._planned else []
        if self._tell_end:
            beside.append(gevent.spawn(unattended, blocks.schedule))
        try:
            blocks.run(plan)
        except BaseException:
            blocks.spoiled = "the load generator failed"
            logging.exception("the load generator failed")
        finally:
            gevent.killall(beside)
            self._end(blocks)

    def _end(self, blocks: Blocks) -> None:
        if blocks.spoiled:
            logging.error("these records cannot be used: %s", blocks.spoiled)
            self._environment.process_exit_code = 1
        elif self._planned:
            self._environment.process_exit_code = 0  # failed orders are a finding, not a failure of the load
        if self._tell_end:
            self._tell_end(blocks.spoiled)
        if self._planned and self._environment.runner:
            gevent.spawn(self._environment.runner.quit)

    def _watch_parent(self, blocks: Blocks) -> None:
        parent = os.getppid()
        while os.getppid() == parent:
            gevent.sleep(ORPHAN_S)
        blocks.stop(DRAIN_INTERRUPTED_S)


def kept(path: str, share: Share) -> tuple[Rows, Rows]:
    """Where the rows of orders and of blocks go: nowhere without a path; a worker's have its number in their names."""
    if not path:
        return Rows(None), Rows(None)
    file, blocks = Path(path), Path(path).with_name("blocks.ndjson")
    if share.of > 1:
        file, blocks = (each.with_stem(f"{each.stem}-{share.number}") for each in (file, blocks))
    return Rows(file), Rows(blocks)


def planned(path: Path) -> tuple[LabSeen, tuple[Block, ...]]:
    """The lab and the blocks of a plan file."""
    plan = LoadPlan.read(path)
    status = Path(plan.status) if plan.status else None
    stock = catalogue(plan.catalogue_seed, plan.skus)
    return LabSeen(plan.doors, plan.processes, status, stock, plan.censor_s, plan.beside), plan.blocks


def endless(options: Namespace, host: str, number: int) -> tuple[LabSeen, tuple[Block, ...]]:
    """One block without end against the door at `host`: what the stock command does, once or (web UI) repeatedly."""
    door = host.rstrip("/")
    drawn = (options.seed, options.rate, math.inf, options.scenario)
    block = Block(door, number, number, "measure", 0, *drawn, shape_s=options.seconds)
    return LabSeen({door: door}, {}, None, catalogue(options.seed), CENSOR_S), (block,)


def print_line(row: Row) -> None:
    """Tell whoever started this process how far it is, a JSON object a line."""
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def forget(_: Row) -> None:
    """The stock command shows Locust's own table."""


def wire(environment: Environment, **_: object) -> None:
    """Tie the load to Locust's start and stop: here, or dealt out to workers by a master."""
    if isinstance(environment.runner, MasterRunner):
        Master(environment, WORKERS_S_MAX)
    elif isinstance(environment.runner, WorkerRunner):
        send_shares(environment)
    else:
        load, its = Load(environment), cast(Any, environment.events)
        its.test_start.add_listener(load.start)
        its.test_stopping.add_listener(load.stop)


def send_shares(environment: Environment) -> None:
    """Be a worker: begin when the master deals out a share, and tell it of the end."""
    load = Load(environment, lambda spoiled: worker.tell_end(spoiled))
    worker = Worker(environment, load.begin, load.stop)


def _object(content: bytes | None) -> Row:
    try:
        answer = json.loads(content or b"{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


hooks.init_command_line_parser.add_listener(add_arguments)
hooks.init.add_listener(wire)
