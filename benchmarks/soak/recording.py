"""A soak while it happens: its loads, its samples, and at the end its records, whole or partial."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import conformance_traces, history
from benchmarks.gathering import TRACES, gathered
from benchmarks.joined import joined
from benchmarks.ledger import EQUAL, Ledger, Told, differences, ledger
from benchmarks.rows import read_rows, write_rows
from benchmarks.runfolder import RunFolder, machine, now, versions
from benchmarks.servers import consumers, observed, streams_read
from benchmarks.soak.endings import Endings
from benchmarks.soak.loads import MARGIN_S, SCENARIO, Loads, loads
from benchmarks.soak.plan import EXPERIMENT, QUESTION, Soak
from benchmarks.soak.sampling import Sampler
from benchmarks.traffic import processes, settings
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, NoLab
from compose.local.errors import Trouble

TICK_S = 0.1
REST_INTERRUPTED_S, REST_LOOK_S = 2.0, 0.2
READS_MAX = 5  # what is dropped while it is read is read again
ENDS = ("died", "killed", "stopped", "paused", "not-started")

Progress = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Recording:
    """A soak under way in a lab. `interrupted`: Ctrl-C came; `lost`: why the lab or the records were lost."""

    soak: Soak
    arms: Sequence[str]
    seed: int
    settings: Settings
    lab: LabClient
    folder: RunFolder
    progress: Progress
    interrupted: bool = False
    lost: str | None = None
    spoiled: str | None = None
    started: str = field(default_factory=now)
    began_ms: float = 0.0
    read_ms: dict[str, float] = field(default_factory=dict)
    at_rest: dict[str, bool] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    deaths: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)

    def record(self) -> None:
        """Do it all. The folder has every record when this returns, also after Ctrl-C or the lab's death.

        Raises OSError when not even the manifest can be written.
        """
        self.began_ms = time.time() * 1000
        self._write_manifest(ended=None)
        try:
            self._guarded(self._soak)
            self._guarded(self._join)
            if self.lost is None:
                self._guarded(self._collect)
        except KeyboardInterrupt:
            self.interrupted = True  # once more, while the records were collected
        self._write_manifest(ended=now())
        self.folder.point_latest()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except KeyboardInterrupt:
            self.interrupted = True
        except NoLab:
            self.lost = f"the lab was gone {self._passed()} after the soak began; its logs may say why"
        except (Trouble, history.Unreadable) as error:
            self.lost = f"the lab was lost {self._passed()} after the soak began: {str(error).rstrip('.')}"
        except OSError as error:
            self.lost = f"records could not be written {self._passed()} after the soak began: {error.strerror or error}"

    def _passed(self) -> str:
        return f"{time.time() - self.began_ms / 1000:.0f} s"

    def _soak(self) -> None:
        status = self.lab.status()
        self.ledgers = {arm: self._ledger(status, arm) for arm in self.arms}
        doors = {arm: str(status["arms"][arm]["door"]) for arm in self.arms}
        sampler = Sampler(self.lab, self.arms, self.folder.path)
        under_way = Loads()
        self.folder.file("load").mkdir(exist_ok=True)
        self.progress({"event": "plan", "seconds": self.soak.seconds})
        with ExitStack() as stack:
            endings = {arm: stack.enter_context(self._endings(arm)) for arm in self.arms}
            try:
                with loads(under_way, doors, self.soak, self.seed, self.settings, self.folder.path):
                    self._sample(sampler, under_way, endings)
            except KeyboardInterrupt:
                self.interrupted = True
            self.spoiled, self.ended = under_way.spoiled, under_way.ended
            self.progress({"event": "rest"})
            self._rest()
        self._written(endings)

    def _endings(self, arm: str) -> Endings:
        return Endings(self.lab.credentials(arm, "auditor"), self.folder.file("load") / f"{arm}-endings.ndjson")

    def _written(self, endings: dict[str, Endings]) -> None:
        for each in endings.values():
            if each.trouble is not None:
                raise each.trouble

    def _sample(self, sampler: Sampler, under_way: Loads, endings: dict[str, Endings]) -> None:
        """Until the loads are through. A look that came late does not hurry the next ones."""
        due = time.monotonic()
        while under_way.going:
            if time.monotonic() >= due:
                zero_ms = max(under_way.began_ms.values()) if len(under_way.began_ms) == len(self.arms) else None
                sampler.look(zero_ms)
                closed = {arm: each.count for arm, each in endings.items()}
                self.progress({"event": "sample", "rows": sampler.last, "closed": closed})
                due = max(due + self.soak.sample_s, time.monotonic())
            time.sleep(TICK_S)

    def _rest(self) -> None:
        """Wait until nothing is open any more; whether that came is in the manifest."""
        patience_s = REST_INTERRUPTED_S if self.interrupted else self.settings.deadline_s + MARGIN_S
        until = time.monotonic() + patience_s
        for arm in self.arms:
            auditor = self.lab.credentials(arm, "auditor")
            while not (rested := history.open_orders(auditor) == 0) and time.monotonic() < until:
                time.sleep(REST_LOOK_S)
            self.at_rest[arm] = rested

    def _join(self) -> None:
        """How each order ended, as far as it was read: needs no lab any more."""
        load = self.folder.file("load")
        write_rows(
            self.folder.file("orders.ndjson"),
            (
                row
                for arm in self.arms
                for row in joined(read_rows(load / arm / "load.ndjson"), read_rows(load / f"{arm}-endings.ndjson"))
            ),
        )

    def _collect(self) -> None:
        self.progress({"event": "collect"})
        self.deaths = [each for each in self.lab.history() if each["event"] in ENDS and each["at_ms"] >= self.began_ms]
        snapshots = {arm: self._snapshot(arm) for arm in self.arms}
        history.write(self.folder.path, snapshots.values())
        gathered(conformance_traces.folder(self.lab), self.folder.file(TRACES))

    def _snapshot(self, arm: str) -> history.Snapshot:
        auditor = self.lab.credentials(arm, "auditor")
        for _ in range(READS_MAX - 1):
            with suppress(history.Unreadable):
                return self._read(auditor, arm)
        return self._read(auditor, arm)

    def _read(self, auditor: Any, arm: str) -> history.Snapshot:
        snapshot = history.collect(auditor, arm)
        self.read_ms[arm] = time.time() * 1000
        return snapshot

    def _ledger(self, status: dict[str, Any], arm: str) -> Ledger:
        services = [str(each["service"]) for each in processes(status, arm)]
        told = Told(settings(status, arm, self.lab.token()), services, consumers(streams_read(self.lab, arm)))
        return ledger(ARMS[arm], told, observed(self.lab, arm))

    def _write_manifest(self, ended: str | None) -> None:
        self.folder.write_manifest(
            {
                "experiment": EXPERIMENT,
                "question": QUESTION,
                "arms": list(self.arms),
                "patterns": {arm: ARMS[arm].pattern for arm in self.arms},
                "seed": self.seed,
                "partial": self.interrupted or ended is None,
                "lost": self.lost,
                "spoiled": self.spoiled,
                "at_rest": self.at_rest,
                "started": self.started,
                "ended": ended,
                "command": shlex.join(["harmony", *sys.argv[1:]]),
                "versions": versions(),
                "machine": machine(),
                "settings": self.settings.model_dump(mode="json"),
                "soak": asdict(self.soak),
                "scenario": SCENARIO,
                "retention": (
                    f"orders are dropped {self.settings.retention_s:g} s after they are closed, so that this works "
                    f"{self.soak.seconds / self.settings.retention_s:.0f} times in the run; the lab's own default is "
                    f"{Settings.model_fields['retention_s'].default:g} s"
                ),
                "began_ms": self.began_ms,
                "read_ms": self.read_ms,
                "deaths": self.deaths,
                "load": self.ended,
                "ledger": self.ledgers,
                "ledger_compared": list(EQUAL),
                "ledger_differences": differences(self.ledgers) if ended and self.ledgers else {},
            }
        )
