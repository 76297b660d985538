"""Block after block: starts a block's load, waits until its orders are closed or given up, and records what
it took.

The only loop of the load generator. Which blocks there are is `plan.py`'s, how orders are sent is
`openloop.py`'s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from benchmarks.arrivals import SHAPE_S, arrivals, arrivals_within
from benchmarks.blockload import BlockLoad, Table, now_ms
from benchmarks.closings import Closings, Get, epoch_ms
from benchmarks.costs import LOOK_S, Meter
from benchmarks.openloop import Schedule
from benchmarks.plan import Block, carried
from benchmarks.rows import Row, Rows
from benchmarks.running import Running, seconds
from benchmarks.shares import WHOLE, Share
from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import Catalogue

LEAD_MS = 50.0  # from a block's beginning to its time zero: the first arrival must find everything ready
BEGIN_S_MAX = 1.0  # for a door to say where its feed of closings ends
TICK_S = 0.01  # how soon the end of a block is seen
GRACE_S = 1.0  # how long an interrupted load waits for answers

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class LabSeen:
    """The arms as the load sees them: their doors, the names of their processes, and the file that says which they
    are now.

    `beside`: further doors of an arm, asked in turn with the first. `censor_s`: how long after its last arrival a
    block may wait for its orders to close.
    """

    doors: Mapping[str, str]
    processes: Mapping[str, Sequence[str]]
    status: Path | None
    catalogue: Catalogue
    censor_s: float
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Blocks:
    """Runs blocks one after the other. `spoiled` says why the records cannot be used, "" while they can."""

    def __init__(
        self, lab: LabSeen, rows: Rows, records: Rows, table: Table, get: Get, tell: Tell, share: Share = WHOLE
    ) -> None:
        self.schedule = Schedule()
        self.spoiled = ""
        self._lab, self._rows, self._records, self._table = lab, rows, records, table
        self._get, self._tell, self._share = get, tell, share
        self._feeds = {arm: Closings(door, get) for arm, door in lab.doors.items()}
        self._beyond: set[str] = set()  # conditions that were not carried: more of them would only take time
        self._stop_ms = math.inf  # when an interrupted block must be given up

    def run(self, plan: Iterable[Block]) -> None:
        """Run all blocks, or as many as there are before `stop`. All rows are on disk when it returns."""
        beginning = [gevent.spawn(feed.begin) for feed in self._feeds.values()]
        gevent.joinall(beginning, timeout=BEGIN_S_MAX)
        gevent.killall(beginning)  # a door that hangs must not keep the orders that are due from being sent to it
        reading = [gevent.spawn(feed.run) for feed in self._feeds.values()]
        try:
            for block in plan:
                if not self._stopping and (not block.condition or block.condition not in self._beyond):
                    self._one(block)
        finally:
            gevent.killall(reading)
            self._rows.flush()
            self._records.flush()

    def stop(self, drain_s: float) -> None:
        """Send nothing more; the block under way ends within so many seconds and no other begins."""
        self._stop_ms = now_ms() + drain_s * 1000

    @property
    def _stopping(self) -> bool:
        return self._stop_ms < math.inf

    def _one(self, block: Block) -> None:
        feed = self._feeds[block.arm]
        running = self._start(block, feed)
        drained = self._wait(running)
        self._send_no_more(running)
        feed.follow(None)
        ended_ms = now_ms()
        running.load.give_up(f"not closed {ended_ms - running.started_ms:.0f} ms after the block began")
        if running.load.skipped:
            self.spoiled = f"block {block.block}: {running.load.skipped} arrivals could not be sent"
        if not drained or running.load.skipped or not carried(block.seconds, running.started_ms, ended_ms):
            self._beyond.add(block.condition)
        row = running.row(ended_ms, drained) | {"samples": self._looked_up(running.load)}
        self._records.keep(row)
        self._records.flush()
        self._rows.flush()
        self._tell({"event": "ended"} | row)

    def _start(self, block: Block, feed: Closings) -> Running:
        door = self._lab.doors[block.arm]
        load = BlockLoad(block.arm, door, block.block, self._table, self._rows.keep, feed.is_closed, block.seed)
        load.traced, load.beside = block.traced, self._lab.beside.get(block.arm, ())
        meter = Meter(block.arm, self._lab.status, self._lab.processes.get(block.arm, ()))
        meter.start()
        feed.follow(load)
        started_ms = self._share.zero_ms or now_ms() + LEAD_MS
        workload = Workload(block.seed, SCENARIOS[block.scenario], self._lab.catalogue)
        due_s, due = _due(block)
        feeding = gevent.spawn(self.schedule.feed, load, started_ms, due_s, workload, self._share)
        self._tell(
            {"event": "started", "block": block.block, "arm": block.arm, "phase": block.phase}
            | {"started_ms": started_ms, "due": due, "seconds": seconds(block), "condition": block.condition}
        )
        return Running(block, load, meter, started_ms, due, feeding)

    def _wait(self, running: Running) -> bool:
        """Until all is closed (True), or the censor limit or the end of an interrupted block is reached (False)."""
        limit_ms = running.started_ms + (running.block.seconds + self._lab.censor_s) * 1000
        look_ms = 0.0
        while not running.done and now_ms() < min(limit_ms, self._stop_ms):
            if self._stopping and running.due is None:
                return self._drain(running)
            if now_ms() > look_ms:
                running.meter.look()
                look_ms = now_ms() + LOOK_S * 1000
            gevent.sleep(TICK_S)
        return running.done

    def _drain(self, running: Running) -> bool:
        """The end of a load without end: send no more, and wait for what is open."""
        self._send_no_more(running)
        while not running.load.quiet and now_ms() < self._stop_ms:
            gevent.sleep(TICK_S)
        return running.load.quiet

    def _send_no_more(self, running: Running) -> None:
        running.feeding.kill()
        self.schedule.stop(running.load, GRACE_S)

    def _looked_up(self, load: BlockLoad) -> list[Row]:
        """What the door itself says of the drawn orders: when each was closed (epoch ms; None: not, or no answer).

        Asked when the block is over and its cost is read, so that it is in no figure.
        """
        return [{"order_id": drawn, "closed_ms": self._closed_ms(load.door, drawn)} for drawn in load.drawn]

    def _closed_ms(self, door: str, order_id: str) -> float | None:
        status, order = self._get(f"{door}/orders/{order_id}")
        closed_at = order.get("closed_at") if status == 200 else None
        return epoch_ms(closed_at) if closed_at else None


def _due(block: Block) -> tuple[Iterable[float], int | None]:
    scenario = SCENARIOS[block.scenario]
    drawn = (block.seed, block.rate, scenario.arrivals)
    if math.isinf(block.seconds):
        return arrivals(*drawn, scenario.shape, block.shape_s or SHAPE_S), None
    due_s = arrivals_within(*drawn, block.seconds, scenario.shape, block.shape_s)
    return due_s, len(due_s)
