"""One run while it happens: its load, its faults, and at the end its records, whole or partial."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks import conformance_run, conformance_traces, history, locusts, noise, working
from benchmarks.clocks import offset_ms
from benchmarks.gathering import TRACES, gathered
from benchmarks.idle import idle_cpu_ms_per_s
from benchmarks.injected import Faults
from benchmarks.joined import joined
from benchmarks.ledger import EQUAL, Ledger, Told, differences, ledger, over_starts
from benchmarks.plan import Block, Experiment, LoadPlan, blocks
from benchmarks.restarts import restart
from benchmarks.rows import Row, read_rows, write_rows
from benchmarks.runfolder import RunFolder, code, machine, now, versions
from benchmarks.servers import consumers, observed, streams_read
from benchmarks.statusfile import kept_up
from benchmarks.traffic import COUNTS, KINDS, processes, settings, spans, traffic
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient

REDIS = "redis"  # what the lab calls a server among an arm's processes
MARGIN_S = 5.0  # after the deadline: by then every accepted order must be closed
REST_INTERRUPTED_S = 2.0
REST_LOOK_S = 0.1
WRITTEN_S = 0.5  # spans wait half as long in their process


@dataclass(slots=True)
class Recording:
    """An experiment under way in a lab. `interrupted`: Ctrl-C came, and the records are partial."""

    experiment: Experiment
    arms: Sequence[str]
    seed: int
    settings: Settings
    lab: LabClient
    folder: RunFolder
    progress: Callable[[dict[str, Any]], None]
    allowed: Sequence[str] = ()  # conditions in which the arms may differ for once
    interrupted: bool = False
    spoiled: str | None = None
    work_lost: list[str] = field(default_factory=list)  # sentences: where injected work was not on to the end
    unsent: str = ""
    started: str = field(default_factory=now)
    code: dict[str, Any] | None = field(default_factory=code)  # as it was when the run began
    load_before: float = field(default_factory=lambda: round(os.getloadavg()[0], 2))  # who else was at work then
    at_rest: dict[str, bool | None] = field(default_factory=dict)
    clock_offset_ms: dict[str, float | None] = field(default_factory=dict)
    idle_cpu_ms_per_s: dict[str, float | None] = field(default_factory=dict)
    _conformance: list[Row] = field(default_factory=list)
    _starts_tried: int = 0
    _told: dict[str, Told] = field(default_factory=dict)
    _ledgers: list[dict[str, Ledger]] = field(default_factory=list)  # one for each start
    _spans: dict[str, dict[str, float | None]] = field(default_factory=dict)
    _traffic: dict[str, list[tuple[dict[str, float] | None, int]]] = field(default_factory=dict)

    def record(self) -> None:
        """Do it all. The folder has every record when this returns, also after Ctrl-C."""
        self._write_manifest(ended=None)
        faults = Faults(self.lab, self.progress)
        try:
            self._load(faults)
        except KeyboardInterrupt:
            self.interrupted = True
            faults.cancel()
        except locusts.Spoiled as error:
            self.spoiled = self.unsent or str(error)
            faults.cancel()
        write_rows(self.folder.file("faults.ndjson"), faults.end())
        self.spoiled = self.spoiled or "; ".join(faults.failed) or None
        self.progress({"event": "collect"})
        self._rest()
        self._collect()
        self._write_manifest(ended=now())
        self.folder.point_latest()

    def _load(self, faults: Faults) -> None:
        planned = blocks(self.experiment, self.arms, self.seed)
        seconds = sum(block.seconds for block in planned)
        loads = len(list(parts(planned)))
        self.progress({"event": "plan", "blocks": len(planned), "seconds": seconds, "loads": loads})
        before = 0
        with kept_up(self.lab.status) as status:
            self.idle_cpu_ms_per_s = idle_cpu_ms_per_s(self._processes(), status)
            self._try(0)
            for part in parts(planned):
                if part[0].restart > before:
                    self.progress({"event": "restart", "restart": part[0].restart})
                    restart(self.lab, self.arms)
                    self._try(part[0].restart)
                before = part[0].restart
                self._load_part(part, status, faults)

    def _try(self, start: int) -> None:
        """See whether every arm is what its name says, and how it is set, before anything is measured."""
        self.progress({"event": "conformance", "start": start})
        self._told = {arm: self._ask(arm) for arm in self.arms}
        self._ledgers.append(self._conditions())
        self._conformance += conformance_run.look(self.lab, self.arms, self.seed, self.settings, start)
        self._starts_tried += 1
        write_rows(self.folder.file(conformance_run.FILE), self._conformance)

    def _ask(self, arm: str) -> Told:
        status = self.lab.status()
        services = [str(process["service"]) for process in processes(status, arm)]
        return Told(settings(status, arm, self.lab.token()), services, consumers(streams_read(self.lab, arm)))

    def _load_part(self, part: tuple[Block, ...], status: Path, faults: Faults) -> None:
        work = part[0].work
        if work is None:
            self._send(part, status, faults)
            return
        working.put_on(self.lab, self.arms, work, self.seed, sum(block.seconds for block in part))
        try:
            self._send(part, status, faults)
            lost = working.without(self.lab, self.arms, self.seed)
            self.work_lost += [f"{name} lost its injected work in start {part[0].restart + 1}" for name in lost]
        finally:
            working.take_off(self.lab, self.arms)

    def _send(self, part: tuple[Block, ...], status: Path, faults: Faults) -> None:
        plan_file = self.folder.file(f"plan-{part[0].block}.json")
        self._plan(part, status).write(plan_file)
        before, accepted = self._counted(), dict.fromkeys(self.arms, 0)
        door = self.lab.status()["arms"][part[0].arm]["door"]
        log = self.folder.file("logs") / "locust.log"
        try:
            with locusts.load(plan_file, self.folder.file("load.ndjson"), door, log) as lines:
                for line in lines:
                    self._hear(line, part, faults, accepted)
        except locusts.Spoiled:
            self._look_again(part[0].restart)
            raise
        if not any(block.faults for block in part):
            self._count(before, accepted)
        self._look_again(part[0].restart)

    def _hear(self, line: Row, part: tuple[Block, ...], faults: Faults, accepted: dict[str, int]) -> None:
        if line["event"] == "started":
            faults.begin(part[line["block"] - part[0].block], line["started_ms"])
        else:
            accepted[line["arm"]] += line["sent"] - line["refused"] - line["failed"]
            self._note_unsent(line)
            if line["failed"]:
                self.lab.status()  # raises when the lab is gone: else each block to come would wait in vain
        self.progress(line)

    def _look_again(self, start: int) -> None:
        """Whether the arms were what their names say under their load, too."""
        conformance_run.under_load(self.lab, self._conformance, start)
        write_rows(self.folder.file(conformance_run.FILE), self._conformance)

    def _note_unsent(self, block: Row) -> None:
        if block["skipped"] and not self.unsent:
            told = f"{block['skipped']:,} of {block['due']:,} arrivals at {block['rate']:g}/s could not be sent in time"
            self.unsent = f"{told}: ask for a lower rate, or give the machine less else to do"

    def _plan(self, part: tuple[Block, ...], status: Path) -> LoadPlan:
        doors = {arm: seen["door"] for arm, seen in self.lab.status()["arms"].items() if arm in self.arms}
        return LoadPlan(
            doors=doors,
            processes=self._processes(),
            blocks=part,
            status=str(status),
            censor_s=self.settings.deadline_s + MARGIN_S,
            catalogue_seed=self.settings.seed,
            skus=self.settings.skus,
        )

    def _processes(self) -> dict[str, tuple[str, ...]]:
        """Who must be seen for an order's cost to be known: every process of an arm, and its Redis server."""
        status = self.lab.status()
        return {arm: (REDIS, *(str(each["name"]) for each in processes(status, arm))) for arm in self.arms}

    def _counted(self) -> dict[str, dict[str, float] | None]:
        status = self.lab.status()
        return {arm: traffic(status, arm) for arm in self.arms}

    def _count(self, before: dict[str, dict[str, float] | None], accepted: dict[str, int]) -> None:
        for arm, after in self._counted().items():
            first = before[arm]
            more = None if after is None or first is None else {name: after[name] - first[name] for name in after}
            self._traffic.setdefault(arm, []).append((more, accepted[arm]))

    def _rest(self) -> None:
        """Wait until nothing is open any more; whether that came is in the manifest."""
        patience_s = REST_INTERRUPTED_S if self.interrupted else self.settings.deadline_s + MARGIN_S
        until = time.monotonic() + patience_s
        for arm in self.arms:
            self.at_rest[arm] = self._comes_to_rest(arm, until)

    def _comes_to_rest(self, arm: str, until: float) -> bool:
        auditor = self.lab.credentials(arm, "auditor")
        while history.open_orders(auditor):
            if time.monotonic() > until:
                return False
            time.sleep(REST_LOOK_S)
        return True

    def _collect(self) -> None:
        self.clock_offset_ms = {arm: offset_ms(self.lab.credentials(arm, "auditor")) for arm in self.arms}
        snapshots = {arm: history.collect(self.lab.credentials(arm, "auditor"), arm) for arm in self.arms}
        history.write(self.folder.path, snapshots.values())
        load = read_rows(self.folder.file("load.ndjson"))
        events = (event for snapshot in snapshots.values() for event in snapshot.events)
        write_rows(self.folder.file("orders.ndjson"), joined(load, events))
        time.sleep(WRITTEN_S)
        self._spans = {arm: spans(self.lab.status(), arm) for arm in self.arms}
        gathered(conformance_traces.folder(self.lab), self.folder.file(TRACES))

    def _write_manifest(self, ended: str | None) -> None:
        seen = [*self._ledgers, self._conditions()]
        ledgers = {arm: over_starts([start[arm] for start in seen]) | self._per_order(arm) for arm in self.arms}
        ledgers = {arm: ledger | self._spans.get(arm, {}) for arm, ledger in ledgers.items()}
        found = differences(ledgers) if ended else {}
        self.folder.write_manifest(
            {
                "experiment": self.experiment.name,
                "question": self.experiment.question,
                "arms": list(self.arms),
                "seed": self.seed,
                "partial": self.interrupted or ended is None,
                "spoiled": self.spoiled,
                "work_lost": self.work_lost,
                "noise_floor": noise.stored(self.folder.path.parent),
                "noise_floor_missing": noise.missing(self.folder.path.parent),
                "at_rest": self.at_rest,
                "clock_offset_ms": self.clock_offset_ms,
                "idle_cpu_ms_per_s": dict.fromkeys(self.arms) | self.idle_cpu_ms_per_s,
                "started": self.started,
                "ended": ended,
                "command": shlex.join(["harmony", *sys.argv[1:]]),
                "code": self.code,
                "versions": versions(),
                "machine": machine(),
                "load_before": self.load_before,
                "settings": self.settings.model_dump(mode="json"),
                "plan": [asdict(phase) | {"condition": phase.condition} for phase in self.experiment.phases],
                "restarts": self.experiment.restarts,
                "as_asked": self.experiment.as_asked,
                "ledger": ledgers,
                "ledgers": self._ledgers,
                "ledger_compared": list(EQUAL),
                "ledger_differences": found,
                "allowed_differences": list(self.allowed),
                "conformance_starts": self._starts_tried,
                "conformance_loads": self._starts_tried,
            }
        )

    def _conditions(self) -> dict[str, Ledger]:
        """Of every arm as it is now; what its processes say is asked once for each start."""
        told = self._told or {arm: self._ask(arm) for arm in self.arms}
        return {arm: ledger(ARMS[arm], told[arm], observed(self.lab, arm)) for arm in self.arms}

    def _per_order(self, arm: str) -> Ledger:
        """What was counted over the blocks in which nothing was broken; unknown when one process was silent."""
        counted = self._traffic.get(arm, [])
        known = [more for more, _ in counted if more is not None]
        orders = sum(accepted for _, accepted in counted)
        if not orders or len(known) < len(counted):
            return {}
        each = {name: sum(more[name] for more in known) / orders for name in known[0]}
        kinds = {kind: each[f"messages_{kind}"] for kind in KINDS if each[f"messages_{kind}"]}
        return {f"{name}_per_order": each[name] for name in COUNTS} | {"messages_per_order_by_kind": kinds}


def parts(planned: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """Blocks that one load generator runs through: between restarts, with or without faults in reach or work."""
    for _, part in groupby(planned, key=lambda block: (block.restart, block.phase in ("control", "fault"), block.work)):
        yield tuple(part)
