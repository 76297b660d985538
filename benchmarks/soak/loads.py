"""The load: a generator for each arm, all with the same orders at the same moments, until all are through."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import locusts
from benchmarks.plan import Block, LoadPlan
from benchmarks.soak.plan import Soak
from common.settings import Settings

SCENARIO = "soak"  # steady, with twice the undoing
MARGIN_S = 5.0  # after the deadline: by then every accepted order must be closed


class Loads:
    """All loads of a soak, under way. `spoiled`: why the records of one cannot be used."""

    def __init__(self) -> None:
        self.spoiled: str | None = None
        self.began_ms: dict[str, float] = {}  # arm -> its time zero, epoch ms
        self.ended: dict[str, dict[str, Any]] = {}  # arm -> how its load ended
        self._threads: list[threading.Thread] = []

    def follow(self, arm: str, lines: Iterator[dict[str, Any]]) -> None:
        """Listen to one of them."""
        thread = threading.Thread(target=self._hear, args=(arm, lines), daemon=True)
        self._threads.append(thread)
        thread.start()

    @property
    def going(self) -> bool:
        """Whether all go on: one that has failed ends the soak for all."""
        return self.spoiled is None and any(thread.is_alive() for thread in self._threads)

    def _hear(self, arm: str, lines: Iterator[dict[str, Any]]) -> None:
        with suppress(ValueError):  # closed while we listened: interrupted
            try:
                for line in lines:
                    if line["event"] == "started":
                        self.began_ms[arm] = float(line["started_ms"])
                    elif line["event"] == "ended":
                        self.ended[arm] = line
            except locusts.Spoiled as error:
                self.spoiled = self.spoiled or f"{arm}: {error}"


@contextmanager
def loads(
    under_way: Loads, doors: Mapping[str, str], soak: Soak, seed: int, settings: Settings, folder: Path
) -> Iterator[None]:
    """Begin them all; however the block is left, all are stopped first, with their rows in `load/ARM/`."""
    with ExitStack() as stack:
        for number, (arm, door) in enumerate(doors.items()):
            files = folder / "load" / arm
            files.mkdir(parents=True, exist_ok=True)
            _plan(arm, number, door, soak, seed, settings).write(files / "plan.json")
            load = locusts.load(files / "plan.json", files / "load.ndjson", door, folder / "logs" / f"load-{arm}.log")
            under_way.follow(arm, stack.enter_context(load))
        yield


def _plan(arm: str, number: int, door: str, soak: Soak, seed: int, settings: Settings) -> LoadPlan:
    block = Block(arm, number, 0, "measure", 0, seed, soak.rate, soak.seconds, SCENARIO)
    return LoadPlan(
        doors={arm: door},
        processes={},
        blocks=(block,),
        status=None,  # what an order costs is another experiment's
        censor_s=settings.deadline_s + MARGIN_S,
        catalogue_seed=settings.seed,
        skus=settings.skus,
    )
