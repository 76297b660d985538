"""A calibration while it happens: lab after lab, and at the end its records, whole or partial."""

from __future__ import annotations

import shlex
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import history
from benchmarks.calibrate import overhead
from benchmarks.calibrate.part import Part, Progress, carried_out, conditions, forget_load
from benchmarks.calibrate.plan import (
    DELAY,
    EXPERIMENT,
    LOSS,
    OVERHEAD,
    QUESTION,
    SAME,
    Calibration,
    loss_blocks,
    twin,
    twin_blocks,
    twins,
)
from benchmarks.calibrate.timer import overshoots
from benchmarks.plan import Block
from benchmarks.rows import Rows
from benchmarks.runfolder import RunFolder, code, machine, now, versions
from benchmarks.seeded.bugs import Trouble as Spoiling
from benchmarks.seeded.customers import inject
from benchmarks.traffic import took_ms
from common.settings import Settings
from common.unsafe import PLANTED
from compose.arm import Arm
from compose.local.client import LabClient, NoLab, start_lab
from compose.local.errors import Trouble

LASTS_S = 600.0  # of a put-in delay: a part takes a minute


@dataclass(slots=True)
class Recording:
    """A calibration under way. `interrupted`: Ctrl-C came; `lost`: why a lab or the records were lost."""

    plan: Calibration
    arms: Mapping[str, Arm]
    seed: int
    settings: Settings
    folder: RunFolder
    progress: Progress
    interrupted: bool = False
    lost: str | None = None
    spoiled: str | None = None
    started: str = field(default_factory=now)
    code: dict[str, Any] | None = field(default_factory=code)
    parts: list[dict[str, Any]] = field(default_factory=list)
    _blocks: int = 0
    _had_lab: bool = False
    _began_s: float = field(default_factory=time.monotonic)

    def record(self) -> None:
        """Do it all. The folder has every record when this returns, also after Ctrl-C or a lab's death.

        Raises Trouble when not even the first lab can be had, OSError when not even the manifest can be written.
        """
        self._write_manifest(ended=None)
        self.progress({"event": "plan", "seconds": self.plan.seconds(self.arms.values())})
        try:
            for step in self._steps():
                self._guarded(step)
                if self.interrupted or self.lost or self.spoiled:
                    break
        finally:
            self._write_manifest(ended=now())
        self.folder.point_latest()

    def _steps(self) -> Iterator[Part]:
        yield from (Part(SAME, start) for start in range(self.plan.starts))
        yield from (Part(name, 0) for name in (DELAY, LOSS, OVERHEAD))

    def _guarded(self, part: Part) -> None:
        doing = {SAME: self._same, DELAY: self._delay, LOSS: self._loss, OVERHEAD: self._overhead}
        self.progress({"event": "part", "part": part.name, "start": part.start, "starts": self.plan.starts})
        try:
            doing[part.name](part)
        except KeyboardInterrupt:
            self.interrupted = True
        except NoLab:
            self.lost = f"the lab was gone {self._passed()} after it began; its logs may say why"
        except (Trouble, history.Unreadable) as error:
            if not self._had_lab:
                raise
            self.lost = f"the lab was lost {self._passed()} after it began: {str(error).rstrip('.')}"
        except OSError as error:
            self.lost = f"records could not be written {self._passed()} after it began: {error.strerror or error}"

    def _same(self, part: Part) -> None:
        with self._lab(part, self._twins(), self.settings) as lab:
            part.told["conditions"] = conditions(lab, self.arms)
            self._carried_out(part, lab, self.settings, self._twin_blocks(part))

    def _delay(self, part: Part) -> None:
        with self._lab(part, self._twins(), self.settings) as lab:
            for arm in self.arms:
                self._put_in(lab, twins(arm)[1])
            before = self._took(lab)
            with overshoots(self.plan.delay_ms) as found:
                self._carried_out(part, lab, self.settings, self._twin_blocks(part))
            after = self._took(lab)
        part.told["overshoot_ms"] = _quartiles(found)
        part.told["took_ms"] = {name: _mean(before[name], after[name]) for name in after}

    def _loss(self, part: Part) -> None:
        switches = ",".join(PLANTED)
        losing = Settings(seed=self.seed, unsafe=switches, deadline_s=self.plan.loss_deadline_s)
        with self._lab(part, list(self.arms.values()), losing) as lab:
            planned = loss_blocks(self.plan, self.arms, self.seed, self._blocks)
            self._carried_out(part, lab, losing, planned)
        history.write(self.folder.path, part.snapshots.values())

    def _overhead(self, part: Part) -> None:
        looked_at = 1 + max(sum(role.replicas for role in arm.roles) for arm in self.arms.values())
        overhead.carried_out(
            part, self.plan, self.settings, self.seed, self._blocks, looked_at, self.folder, self.progress
        )
        self._keep(part)

    def _carried_out(self, part: Part, lab: LabClient, chosen: Settings, planned: Sequence[Block]) -> None:
        carried_out(part, lab, chosen, planned, self.folder, self.progress)
        self._keep(part)

    def _keep(self, part: Part) -> None:
        """What was found in a part is on disk as soon as the part is over."""
        for file, found in (("orders.ndjson", part.orders), ("blocks.ndjson", part.blocks)):
            rows = Rows(self.folder.file(file))
            for row in found:
                rows.keep(row | {"part": part.name})
            rows.flush()
        forget_load(part, self.folder)
        self._blocks = max((int(row["block"]) + 1 for row in part.blocks), default=self._blocks)
        self.parts.append({"part": part.name, "start": part.start, "whole": not part.interrupted} | {"told": part.told})
        self.interrupted |= part.interrupted
        self.spoiled = part.spoiled

    def _twins(self) -> list[Arm]:
        return [each for arm in self.arms.values() for each in (arm, twin(arm))]

    def _twin_blocks(self, part: Part) -> tuple[Block, ...]:
        return twin_blocks(self.plan, self.arms, self.seed, part.name, part.start, self._blocks)

    @contextmanager
    def _lab(self, part: Part, arms: Sequence[Arm], chosen: Settings) -> Iterator[LabClient]:
        """A lab of its own for each part, everything started anew. Its logs stay with the run."""
        logs = self.folder.file("logs") / part.folder
        with start_lab(arms, chosen, logs=logs) as lab:
            self._had_lab = True
            yield lab
        shutil.rmtree(logs.with_name("traces"), ignore_errors=True)

    def _put_in(self, lab: LabClient, name: str) -> None:
        for process in lab.status()["arms"][name]["processes"]:
            if process["service"] == self.plan.service:
                delay = Spoiling(
                    process["name"], "slow", self.plan.operation, delay_ms=self.plan.delay_ms, for_s=LASTS_S
                )
                inject(process["url"], lab.token(), delay)

    def _took(self, lab: LabClient) -> dict[str, tuple[float, float] | None]:
        status = lab.status()
        return {name: took_ms(status, name, self.plan.service, self.plan.operation) for name in status["arms"]}

    def _passed(self) -> str:
        return f"{time.monotonic() - self._began_s:.0f} s"

    def _write_manifest(self, ended: str | None) -> None:
        self.folder.write_manifest(
            {
                "experiment": EXPERIMENT,
                "question": QUESTION,
                "arms": list(self.arms),
                "patterns": {name: arm.pattern for name, arm in self.arms.items()},
                "seed": self.seed,
                "partial": self.interrupted or ended is None,
                "lost": self.lost,
                "spoiled": self.spoiled,
                "started": self.started,
                "ended": ended,
                "command": shlex.join(["harmony", *sys.argv[1:]]),
                "code": self.code,
                "versions": versions(),
                "machine": machine(),
                "settings": self.settings.model_dump(mode="json"),
                "calibration": asdict(self.plan),
                "parts": self.parts,
            }
        )


def _quartiles(found: Sequence[float]) -> dict[str, float | None]:
    if len(found) < 2:
        return {"count": len(found), "p50": None, "p25": None, "p75": None}
    low, middle, high = statistics.quantiles(found, n=4)
    return {"count": len(found), "p50": middle, "p25": low, "p75": high}


def _mean(before: tuple[float, float] | None, after: tuple[float, float] | None) -> float | None:
    """Of what came between two looks; before the first order there is nothing to see."""
    if after is None:
        return None
    total, times = (late - early for late, early in zip(after, before or (0.0, 0.0), strict=True))
    return round(total / times, 4) if times else None
