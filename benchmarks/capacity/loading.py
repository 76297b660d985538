"""Puts loads to a lab, one after the other in one generator of its own process, and keeps what came of each.

Measured beside the orders: processor time of every process, of the load generator, and of the whole machine; messages
and bytes, where a load runs alone. Who was closed when is read from the order service's log afterwards, so that no
looking costs an arm anything while it works.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks import locusts
from benchmarks.capacity.plan import Load
from benchmarks.costs import cpu_ms
from benchmarks.history import reading
from benchmarks.joined import joined
from benchmarks.plan import Block, LoadPlan
from benchmarks.rows import Row, Rows, read_rows
from benchmarks.soak.endings import BATCH, STREAMS, row_of
from benchmarks.traffic import processes, traffic
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient

MARGIN_S = 5.0  # after the deadline: by then every accepted order must be closed
REDIS = "redis"  # what the lab calls a server among an arm's processes
LOADS_FILE, ORDERS_FILE = "loads.ndjson", "orders.ndjson"

Progress = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Loader:
    """Loads to the arms of one lab, whose status is kept up in a file. `lab_name` is in every row."""

    lab: LabClient
    lab_name: str
    settings: Settings
    folder: Path
    status: Path
    progress: Progress
    _last: dict[str, dict[str, str]] = field(default_factory=dict)  # arm -> stream -> how far its endings were read

    def put(self, loads: Sequence[Load]) -> list[tuple[Row, list[Row]]]:
        """The row and the orders of each load, also written down. Raises Spoiled, Unreadable, Trouble, OSError."""
        plan, rows = self.folder / "plan.json", self.folder / "load.ndjson"
        rows.unlink(missing_ok=True)
        self._plan(loads).write(plan)
        arms = list(dict.fromkeys(load.arm for load in loads))
        before = {arm: traffic(self.lab.status(), arm) for arm in arms} if len(loads) == 1 else {}
        told = self._run(loads, plan, rows)
        after = {arm: traffic(self.lab.status(), arm) for arm in before}
        orders = {arm: list(self._ended(arm, rows)) for arm in arms}
        return [
            self._kept(load, told[number] | _more(before.get(load.arm), after.get(load.arm)), orders[load.arm], number)
            for number, load in enumerate(loads)
            if number in told
        ]

    def _run(self, loads: Sequence[Load], plan: Path, rows: Path) -> dict[int, Row]:
        """What the generator told of each; it may have been unable to send some, and is then to be believed still."""
        told: dict[int, Row] = {}
        door, log = self._doors([loads[0].arm])[loads[0].arm][0], self.folder / "logs" / "locust.log"
        with locusts.load(plan, rows, door, log) as lines:
            watch = _Machine()
            try:
                for line in lines:
                    self.progress(line | {"stage": loads[line["block"]].stage})
                    if line["event"] == "started":
                        watch.begin()
                    else:
                        told[line["block"]] = line | watch.end()
            except locusts.Spoiled:
                if not any(line["skipped"] for line in told.values()):
                    raise
        return told

    def _plan(self, loads: Sequence[Load]) -> LoadPlan:
        doors = self._doors(dict.fromkeys(load.arm for load in loads))
        return LoadPlan(
            doors={arm: its[0] for arm, its in doors.items()},
            processes={arm: self._processes(arm) for arm in doors},
            blocks=tuple(_block(number, load) for number, load in enumerate(loads)),
            status=str(self.status),
            censor_s=self.settings.deadline_s + MARGIN_S,
            catalogue_seed=self.settings.seed,
            skus=self.settings.skus,
            beside={arm: its[1:] for arm, its in doors.items()},
        )

    def _doors(self, arms: Any) -> dict[str, list[str]]:
        """Every replica of an arm's entry, the first one first."""
        status = self.lab.status()
        entries = {arm: [each for each in processes(status, arm) if each["service"] == ARMS[arm].entry] for arm in arms}
        return {
            arm: [str(each["url"]) for each in sorted(its, key=lambda each: each["replica"])]
            for arm, its in entries.items()
        }

    def _processes(self, arm: str) -> tuple[str, ...]:
        return (REDIS, *(str(each["name"]) for each in processes(self.lab.status(), arm)))

    def _ended(self, arm: str, rows: Path) -> list[Row]:
        last = self._last.setdefault(arm, dict.fromkeys(STREAMS, "0-0"))
        endings = []
        with reading(self.lab.credentials(arm, "auditor")) as redis:
            for kind, stream in STREAMS.items():
                while found := redis.xrange(stream, min=f"({last[kind]}", count=BATCH):
                    last[kind] = found[-1][0]
                    endings += [row_of(kind, fields) for _, fields in found]
        return list(joined((row for row in read_rows(rows) if row["arm"] == arm), endings))

    def _kept(self, load: Load, told: Row, orders: Sequence[Row], number: int) -> tuple[Row, list[Row]]:
        of = {"lab": self.lab_name, "stage": load.stage, "number": load.number}
        its = [row | of for row in orders if row["block"] == number]
        row = told | asdict(load) | of | {"open_max": self.settings.open_max}
        for file, kept in ((LOADS_FILE, [row]), (ORDERS_FILE, its)):
            into = Rows(self.folder / file)
            for each in kept:
                into.keep(each)
            into.flush()
        return row, its


def _block(number: int, load: Load) -> Block:
    return Block(load.arm, number, load.number, "measure", 0, load.seed, load.rate, load.seconds, load.scenario)


def _more(before: Mapping[str, float] | None, after: Mapping[str, float] | None) -> Row:
    if before is None or after is None:
        return {"messages": None, "bytes": None}
    return {name: after[name] - before[name] for name in ("messages", "bytes")}


class _Machine:
    """Processor time of the whole machine and of the load generator, between two moments."""

    def __init__(self) -> None:
        self._generator = _locust()
        self._began: tuple[float, float, float | None] = (0.0, 0.0, None)

    def begin(self) -> None:
        self._began = self._now()

    def end(self) -> Row:
        """`seconds_in_all` passed, in which `cores_busy` cores were busy on average; of them `cores_generator`."""
        at, busy, used = self._now()
        seconds = max(at - self._began[0], 1e-3)
        generator = None if used is None or self._began[2] is None else (used - self._began[2]) / 1000 / seconds
        return {
            "seconds_in_all": seconds,
            "cores_busy": (busy - self._began[1]) / seconds,
            "cores_generator": generator,
        }

    def _now(self) -> tuple[float, float, float | None]:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        busy = sum(times[:8]) - idle  # beyond the eighth are guests, which are in the others already
        return time.monotonic(), busy, cpu_ms(self._generator) if self._generator else None


def _locust() -> int | None:
    """Our load generator's pid."""
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "locust" in child.cmdline():
                return child.pid
    return None
