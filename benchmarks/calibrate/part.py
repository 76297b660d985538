"""One part of a calibration: a lab of its own, a load that goes through its blocks, and what came of every order."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import history, locusts
from benchmarks.calibrate.plan import arm_of
from benchmarks.clocks import offset_ms
from benchmarks.joined import joined
from benchmarks.ledger import EQUAL, Told, ledger
from benchmarks.plan import Block, LoadPlan
from benchmarks.rows import Row, read_rows
from benchmarks.runfolder import RunFolder
from benchmarks.servers import consumers, observed, streams_read
from benchmarks.statusfile import kept_up
from benchmarks.traffic import processes, settings
from common.settings import Settings
from compose.arm import Arm
from compose.local.client import LabClient

REDIS = "redis"
MARGIN_S = 1.5  # after the deadline: by then every order that is to be closed is
REST_S, REST_LOOK_S = 5.0, 0.1

Progress = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Part:
    """What was done and found in one lab. `told` goes into the manifest; rows go to the run's files."""

    name: str
    start: int
    interrupted: bool = False
    spoiled: str | None = None
    orders: list[Row] = field(default_factory=list)
    blocks: list[Row] = field(default_factory=list)
    snapshots: dict[str, history.Snapshot] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Of its logs and of its load."""
        return f"{self.name}-{self.start}"


def carried_out(
    part: Part, lab: LabClient, chosen: Settings, planned: Sequence[Block], folder: RunFolder, progress: Progress
) -> None:
    """Send the load and collect what came of it, also after Ctrl-C. Raises Trouble, Unreadable, OSError."""
    names = list(dict.fromkeys(block.arm for block in planned))
    with kept_up(lab.status) as status:
        seen = lab.status()
        plan = LoadPlan(
            doors={name: seen["arms"][name]["door"] for name in names},
            processes={name: (REDIS, *(str(each["name"]) for each in processes(seen, name))) for name in names},
            blocks=tuple(planned),
            status=str(status),
            censor_s=chosen.deadline_s + MARGIN_S,
            catalogue_seed=chosen.seed,
            skus=chosen.skus,
        )
        load(part, plan, folder, progress)
    _rest(lab, names, 0.0 if part.interrupted else REST_S)
    _collect(part, lab, names, folder)


def load(part: Part, plan: LoadPlan, folder: RunFolder, progress: Progress) -> None:
    """Send a load, and keep its blocks. Raises OSError."""
    where = _load_folder(part, folder)
    where.mkdir(parents=True, exist_ok=True)
    plan.write(where / "plan.json")
    door = plan.doors[plan.blocks[0].arm]
    try:
        with locusts.load(
            where / "plan.json", where / "load.ndjson", door, folder.file("logs") / f"load-{part.folder}.log"
        ) as lines:
            for line in lines:
                progress(line | {"part": part.name})
    except KeyboardInterrupt:
        part.interrupted = True
    except locusts.Spoiled as error:
        part.spoiled = str(error)
    part.blocks += read_rows(where / "blocks.ndjson")


def loaded(part: Part, folder: RunFolder) -> list[Row]:
    """The load's rows of orders, without what became of them."""
    return list(read_rows(_load_folder(part, folder) / "load.ndjson"))


def conditions(lab: LabClient, arms: Mapping[str, Arm]) -> dict[str, dict[str, Any]]:
    """Name in the lab -> how that arm is set, in all that twins must have alike."""
    status = lab.status()
    return {name: _conditions(lab, status, name, arms[arm_of(name)]) for name in status["arms"]}


def _conditions(lab: LabClient, status: dict[str, Any], name: str, arm: Arm) -> dict[str, Any]:
    services = [str(each["service"]) for each in processes(status, name)]
    told = Told(settings(status, name, lab.token()), services, consumers(streams_read(lab, name)))
    found = ledger(arm, told, observed(lab, name))
    return {condition: found.get(condition) for condition in EQUAL}


def _rest(lab: LabClient, names: Sequence[str], patience_s: float) -> None:
    until = time.monotonic() + patience_s
    for name in names:
        auditor = lab.credentials(name, "auditor")
        while history.open_orders(auditor) and time.monotonic() < until:
            time.sleep(REST_LOOK_S)


def _collect(part: Part, lab: LabClient, names: Sequence[str], folder: RunFolder) -> None:
    part.told["clock_offset_ms"] = {name: offset_ms(lab.credentials(name, "auditor")) for name in names}
    part.snapshots = {name: history.collect(lab.credentials(name, "auditor"), name) for name in names}
    events = [event for snapshot in part.snapshots.values() for event in snapshot.events]
    part.orders = list(joined(loaded(part, folder), events))


def forget_load(part: Part, folder: RunFolder) -> None:
    """The load's own files: the run's have it all."""
    shutil.rmtree(_load_folder(part, folder), ignore_errors=True)


def _load_folder(part: Part, folder: RunFolder) -> Path:
    return folder.file("load") / part.folder
