"""What measuring itself takes: the lab's own load against a door that does nothing.

Under one name of that door nothing but the door and the load is looked at, under the other as many processes as an arm
has, so that the price of looking shows in what the load uses.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import psutil

from benchmarks.calibrate import nothing
from benchmarks.calibrate.part import MARGIN_S, Part, Progress, load, loaded
from benchmarks.calibrate.plan import NULL, NULL_SEEN, Calibration, null_blocks
from benchmarks.joined import joined
from benchmarks.plan import LoadPlan
from benchmarks.runfolder import RunFolder
from benchmarks.statusfile import kept_up
from common.settings import Settings

DOOR, LOAD = "door", "load"
LOOK_S = 0.05


def carried_out(
    part: Part,
    plan: Calibration,
    settings: Settings,
    seed: int,
    first: int,
    looked_at: int,
    folder: RunFolder,
    progress: Progress,
) -> None:
    """Send the load to a door that does nothing. `looked_at`: how many processes an arm has."""
    part.told["looked_at"] = looked_at
    with nothing.door() as (url, pid):
        seen = Looked(pid, looked_at)
        with kept_up(seen.status) as status:
            planned = LoadPlan(
                doors={NULL: url, NULL_SEEN: url},
                processes={name: seen.names(name) for name in (NULL, NULL_SEEN)},
                blocks=null_blocks(plan, seed, first),
                status=str(status),
                censor_s=MARGIN_S,
                catalogue_seed=settings.seed,
                skus=settings.skus,
            )
            threading.Thread(target=seen.find_load, daemon=True).start()
            load(part, planned, folder, progress)
            seen.over.set()
    part.orders = list(joined(loaded(part, folder), ()))


class Looked:
    """Who is looked at: the door, the load when it is there, and under the second name the door again and again."""

    def __init__(self, door: int, looked_at: int) -> None:
        self.over = threading.Event()
        self._door, self._more, self._load = door, looked_at, 0
        self._before = _children()

    def names(self, name: str) -> tuple[str, ...]:
        """Of the processes that are looked at."""
        return (DOOR, LOAD, *self._again(name))

    def status(self) -> dict[str, Any]:
        """In the shape of `harmony status --json`."""
        return {"arms": {name: {"processes": self._processes(name)} for name in (NULL, NULL_SEEN)}}

    def find_load(self) -> None:
        """Until the load is there: the process that we have started since."""
        while not self._load and not self.over.is_set():
            self._load = next(iter(_children() - self._before), 0)
            time.sleep(LOOK_S)

    def _processes(self, name: str) -> list[dict[str, Any]]:
        pids = {DOOR: self._door, LOAD: self._load} | dict.fromkeys(self._again(name), self._door)
        return [{"name": each, "service": each, "pid": pid} for each, pid in pids.items() if pid]

    def _again(self, name: str) -> tuple[str, ...]:
        return tuple(f"{DOOR}-{number}" for number in range(self._more)) if name == NULL_SEEN else ()


def _children() -> set[int]:
    with suppress(psutil.Error):
        return {child.pid for child in psutil.Process().children()}
    return set()
