"""A run while it happens: search, bursts to replicas, overload, each in labs of its own; and its records."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import conformance_run, history, locusts
from benchmarks.capacity import auditing, plan
from benchmarks.capacity.loading import LOADS_FILE, ORDERS_FILE, REDIS, Loader, Progress
from benchmarks.capacity.outcome import Outcome, outcome
from benchmarks.capacity.search import Knee, Try, bracket, knee, tallies
from benchmarks.capacity.searching import Search
from benchmarks.gathering import TRACES, gathered
from benchmarks.ledger import EQUAL, Ledger, Told, differences, ledger
from benchmarks.rows import Row, Rows, write_rows
from benchmarks.runfolder import RunFolder, code, machine, now, versions
from benchmarks.servers import consumers, observed, streams_read
from benchmarks.statusfile import kept_up
from benchmarks.traffic import processes, settings
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, NoLab, start_lab
from compose.local.errors import Trouble


@dataclass(slots=True)
class Recording:
    """A capacity run under way. `interrupted`: Ctrl-C came; `lost`: why a lab or the records were lost.

    `wanted`: the stages to go through; both ends of the bracket are probed again, and the surge is put, among the
    visits of the replicas. `search_s_max`: for each pair of arms.
    """

    arms: Sequence[str]
    seed: int
    settings: Settings
    folder: RunFolder
    progress: Progress
    wanted: Sequence[str] = plan.STAGES
    search_s_max: float = plan.SEARCH_S_MAX
    interrupted: bool = False
    lost: str | None = None
    started: str = field(default_factory=now)
    began_s: float = field(default_factory=time.monotonic)
    code: dict[str, Any] | None = field(default_factory=code)
    stages: list[str] = field(default_factory=list)  # those that are through
    tries: dict[str, list[Try]] = field(default_factory=dict)
    knees: dict[str, Knee] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    components: dict[str, str] = field(default_factory=dict)
    bounds: dict[str, int] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)

    def record(self) -> None:
        """Do it all. The folder has what there is when this returns, also after Ctrl-C or a lab's death.

        Raises OSError when not even the manifest can be written, Trouble when the first lab cannot be had.
        """
        self._write_manifest(ended=None)
        try:
            for stage in (self._search, self._replicas, self._overload):
                self._guarded(stage)
                self._write_manifest(ended=None)
        except KeyboardInterrupt:
            self.interrupted = True
        for leftover in ("plan.json", "load.ndjson", "blocks.ndjson"):
            self.folder.file(leftover).unlink(missing_ok=True)
        self._write_manifest(ended=now())
        self.folder.point_latest()

    def _guarded(self, stage: Callable[[], None]) -> None:
        name = stage.__name__.removeprefix("_")
        if self.lost is not None or self.interrupted or name not in self.wanted:
            return
        try:
            stage()
            self.stages.append(name)
        except KeyboardInterrupt:
            self.interrupted = True
        except NoLab:
            self.lost = f"the lab was gone {self._passed()} after the beginning; its logs may say why"
        except locusts.Spoiled as error:
            self.lost = f"the load generator failed {self._passed()} after the beginning: {error}"
        except (Trouble, history.Unreadable) as error:
            if not self.folder.file(LOADS_FILE).exists():
                raise
            self.lost = f"the lab was lost {self._passed()} after the beginning: {str(error).rstrip('.')}"
        except OSError as error:
            self.lost = f"records could not be written {self._passed()} after it began: {error.strerror or error}"

    def _passed(self) -> str:
        return f"{time.monotonic() - self.began_s:.0f} s"

    def _search(self) -> None:
        self.progress({"event": "stage", "stage": "search"})
        with self._lab("search", dict.fromkeys(self.arms, 1), self.settings) as (lab, loader):
            self.ledgers = {arm: self._ledger(lab, arm) for arm in self.arms}
            tried = conformance_run.look(lab, self.arms, self.seed, self.settings, 0)
            write_rows(self.folder.file(conformance_run.FILE), tried)
            self._find(loader)
            conformance_run.under_load(lab, tried, 0)
            write_rows(self.folder.file(conformance_run.FILE), tried)

    def _find(self, loader: Loader) -> None:
        shares: defaultdict[tuple[str, float], list[Row]] = defaultdict(list)

        def probed(arm: str, number: int, rate: float, repeat: int) -> Outcome:
            [(row, orders)] = loader.put([plan.probe(arm, number, rate, repeat, self.seed)])
            shares[arm, rate].append(row)
            return self._outcome(row, orders)

        search = Search({arm: ARMS[arm].easy_rate for arm in self.arms}, self.search_s_max)
        try:
            search.run(probed)
        finally:
            self.tries, self.knees, self.cut = search.tries, search.knees(), search.cut
            for arm, rate in self._carried().items():
                if (component := busiest(shares[arm, rate])) is not None:
                    self.components[arm] = component
        self.progress({"event": "found", "knees": self._carried()})

    def _outcome(self, row: Row, orders: Sequence[Row]) -> Outcome:
        found = outcome(orders, row["rate"], row["seconds"], row["started_ms"], self.settings.slo_s)
        told = {"arm": row["arm"], "rate": row["rate"], "share": found.share, "said": found.verdict}
        self.progress({"event": "probed"} | told)
        return found

    def _confirm(self, loader: Loader, arms: Sequence[str]) -> None:
        """Both ends of each bracket once more, in a lab that had another start: what it says counts as much."""
        rates = {arm: bracket(tallies(self.tries[arm])) for arm in arms}
        for end in (0, 1):
            due = [(arm, rate) for arm in arms if (rate := rates[arm][end]) is not None]
            loads = [plan.again(arm, [each.rate for each in self.tries[arm]], rate, self.seed) for arm, rate in due]
            for row, orders in loader.put(loads) if loads else ():
                carried = self._outcome(row, orders).verdict == "carried"
                self.tries[row["arm"]].append(Try(row["rate"], carried))
        self.knees |= {arm: knee(self.tries[arm]) for arm in arms}

    def _carried(self) -> dict[str, float]:
        return {arm: knee.rate for arm, knee in self.knees.items() if knee.rate is not None}

    def _replicas(self) -> None:
        self.progress({"event": "stage", "stage": "replicas"})
        first = {arm: rate for arm, rate in self._carried().items() if arm in self.components}
        for visit, size in enumerate(plan.VISITS if first else ()):
            with self._lab(f"replicas-{visit}", dict.fromkeys(first, size), self.settings) as (_, loader):
                loader.put(list(plan.bursts(tuple(first), first, visit, self.seed)))
                if visit in plan.CONFIRMED:
                    self._confirm(loader, list(first)[:: 1 if visit % 2 else -1])
                confirmed = self._carried() if visit == plan.SURGED_AT else {}
                for arm in (arm for arm in first if arm in confirmed):
                    loader.put([plan.surge(arm, confirmed[arm], self.seed)])

    def _overload(self) -> None:
        self.progress({"event": "stage", "stage": "overload"})
        for arm, rate in self._carried().items():
            self.bounds[arm] = plan.bound(rate, self.settings.slo_s)
            bounded = self.settings.model_copy(update={"open_max": self.bounds[arm]})
            with self._lab(f"overload-{arm}", {arm: 1}, bounded) as (_, loader):
                loader.put([plan.overload(arm, rate, self.seed)])

    @contextmanager
    def _lab(self, name: str, sizes: Mapping[str, int], its: Settings) -> Iterator[tuple[LabClient, Loader]]:
        """A lab of these arms, each with so many replicas of its component; audited when all went well."""
        parts = [
            ARMS[arm].with_replicas({self.components[arm]: size} if size > 1 else {}) for arm, size in sizes.items()
        ]
        logs = self.folder.file("logs") / name / "processes"  # its traces come to lie beside them
        with ExitStack() as stack:
            lab = stack.enter_context(start_lab(parts, its, logs=logs))
            status = stack.enter_context(kept_up(lab.status))
            yield lab, Loader(lab, name, its, self.folder.path, status, self.progress)
            self.progress({"event": "audit"})
            checks = Rows(self.folder.file(auditing.FILE))
            for check in auditing.audited(lab, name, sizes, self.folder.file(ORDERS_FILE), its.deadline_s):
                checks.keep(check)
            checks.flush()
        self._traces(name)

    def _traces(self, name: str) -> None:
        """Those of the lab in which the arms were tried are kept."""
        traces = self.folder.file("logs") / name / "traces"
        if name == "search":
            gathered(traces, self.folder.file(TRACES))
        shutil.rmtree(traces, ignore_errors=True)

    def _ledger(self, lab: LabClient, arm: str) -> Ledger:
        status = lab.status()
        services = [str(each["service"]) for each in processes(status, arm)]
        told = Told(settings(status, arm, lab.token()), services, consumers(streams_read(lab, arm)))
        return ledger(ARMS[arm], told, observed(lab, arm))

    def _write_manifest(self, ended: str | None) -> None:
        self.folder.write_manifest(
            {
                "experiment": plan.EXPERIMENT,
                "question": plan.QUESTION,
                "arms": list(self.arms),
                "patterns": {arm: ARMS[arm].pattern for arm in self.arms},
                "entries": {arm: ARMS[arm].entry for arm in self.arms},
                "seed": self.seed,
                "partial": self.interrupted or ended is None,
                "lost": self.lost,
                "stages": self.stages,
                "search_cut": self.cut,
                "knees": {arm: asdict(knee) for arm, knee in self.knees.items()},
                "components": self.components,
                "bounds": self.bounds,
                "started": self.started,
                "ended": ended,
                "command": shlex.join(["harmony", *sys.argv[1:]]),
                "code": self.code,
                "versions": versions(),
                "machine": machine(),
                "settings": self.settings.model_dump(mode="json"),
                "ledger": self.ledgers,
                "ledger_compared": list(EQUAL),
                "ledger_differences": differences(self.ledgers) if self.ledgers else {},
            }
        )


def busiest(rows: Sequence[Row]) -> str | None:
    """The service of the process that used most, its store apart; None unless all were seen all the while."""
    used: defaultdict[str, list[float | None]] = defaultdict(list)
    for row in rows:
        for name, ms in row["cpu_ms"].items():
            used[name] += [] if name == REDIS else [ms]
    known = {name: sum(ms for ms in each if ms is not None) for name, each in used.items() if None not in each}
    if not known or len(known) < len(used):
        return None
    return max(known, key=lambda name: known[name]).rpartition("-")[0]
