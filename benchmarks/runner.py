"""Runs an experiment: lab, load, faults, then the records on disk. Judging and telling are called, not
done, here.

`run` can be given a lab that is up already, so that `harmony demo` shows an order and measures in one and
the same lab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import flow_svg
from benchmarks.flow import flows
from benchmarks.ledger import conditions
from benchmarks.plan import Experiment, Fault
from benchmarks.recording import Recording
from benchmarks.runfolder import RunFolder
from common.settings import Settings
from compose.arm import Arm
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab

Progress = Callable[[dict[str, Any]], None]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came. What had been recorded until then is in `folder`, marked as partial."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


def silent(_: dict[str, Any]) -> None:
    """Progress for nobody."""


def record(
    experiment: Experiment,
    arms: Sequence[str] = (),
    seed: int = 7,
    *,
    out: Path = Path("runs"),
    settings: Settings | None = None,
    redis_urls: Mapping[str, str] | None = None,
    replicas: Mapping[str, int] | None = None,
    lab: LabClient | None = None,
    folder: RunFolder | None = None,
    progress: Progress = silent,
    allow_unequal: Sequence[str] = (),
) -> Path:
    """Run it and return the run's folder, with all its records.

    `settings` are those of the lab, when it is given one. `progress` is called with dicts that carry `event`:
    `plan` (blocks, seconds, loads: load generators), `started` and `ended` (of a block), `fault` (from a thread),
    `restart`, `conformance` (every arm is tried), `collect`. `allow_unequal`: conditions of the ledger in which the
    arms may differ for once.
    `replicas`: service -> processes, for a lab of our own.
    Raises Trouble when the lab or the folder cannot be had, Interrupted after Ctrl-C.
    """
    chosen = tuple(arms) or experiment.arms
    experiment, allowed = eased(experiment, chosen), conditions(allow_unequal)
    settings = settings or Settings(seed=seed)
    folder = folder or RunFolder.make(out, experiment.name)
    with ExitStack() as stack:
        lab = lab or stack.enter_context(_started(chosen, replicas or {}, settings, redis_urls, folder))
        folder.file("flow.svg").write_text(flow_svg.svg(*flows()), encoding="utf-8")
        recording = Recording(experiment, chosen, seed, settings, lab, folder, progress, allowed)
        recording.record()
    if recording.interrupted:
        raise Interrupted(folder.path)
    return folder.path


def run(
    experiment: Experiment,
    arms: Sequence[str] = (),
    seed: int = 7,
    *,
    out: Path = Path("runs"),
    settings: Settings | None = None,
    redis_urls: Mapping[str, str] | None = None,
    replicas: Mapping[str, int] | None = None,
    lab: LabClient | None = None,
    folder: RunFolder | None = None,
    progress: Progress = silent,
    allow_unequal: Sequence[str] = (),
) -> Path:
    """As `record`, then judged and told: also what an interrupted run has of records."""
    try:
        done = record(
            experiment,
            arms,
            seed,
            out=out,
            settings=settings,
            redis_urls=redis_urls,
            replicas=replicas,
            lab=lab,
            folder=folder,
            progress=progress,
            allow_unequal=allow_unequal,
        )
    except Interrupted as interrupted:
        with suppress(unusable()):  # Ctrl-C before the first order
            judge_and_tell(interrupted.folder)
        raise
    progress({"event": "judge"})
    judge_and_tell(done)
    return done


def aimed(experiment: Experiment, target: str) -> Experiment:
    """The experiment with its faults done to another process, such as `inventory-1`."""

    def moved(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return tuple(replace(fault, target=target) for fault in faults)

    phases = tuple(replace(phase, faults=moved(phase.faults)) for phase in experiment.phases)
    return replace(experiment, phases=phases)


def eased(experiment: Experiment, arms: Sequence[str], table: Mapping[str, Arm] = ARMS) -> Experiment:
    """The experiment with no rate above what the least of these arms carries with ease: all get the same orders.

    Where rates are varied it is the reference that must not be above it, and all are lowered alike, so that they stay
    as many and as far apart. Rates that somebody asked for are left as they are.
    """
    if experiment.as_asked:
        return experiment
    most = min((table[arm].easy_rate for arm in arms), default=float("inf"))
    reference = [phase.rate for phase in experiment.phases if phase.varied and phase.kind == "measure"]
    share = min(1.0, *(most / rate for rate in reference)) if reference else 1.0
    phases = (
        phase.at(phase.rate * share) if phase.varied else replace(phase, rate=min(phase.rate, most))
        for phase in experiment.phases
    )
    return replace(experiment, phases=tuple(phases))


def judge_and_tell(folder: Path) -> Path:
    """Write the run's summary and report; returns the report's page."""
    from benchmarks import judge, report  # scipy and matplotlib: not while the load runs

    judge.judge(folder)
    return report.tell(folder)


def unusable() -> type[Exception]:
    """What the judge raises for records that cannot be used. A function, because the judge is dear to load."""
    from benchmarks.judge import RunUnusable

    return RunUnusable


@contextmanager
def _started(
    arms: Sequence[str],
    replicas: Mapping[str, int],
    settings: Settings,
    redis_urls: Mapping[str, str] | None,
    folder: RunFolder,
) -> Iterator[LabClient]:
    """A lab of our own. When Ctrl-C comes before it is ready, nothing is left of the run."""
    logs, parts = folder.file("logs"), [ARMS[arm].with_replicas(replicas) for arm in arms]
    with ExitStack() as stack:
        try:
            lab = stack.enter_context(start_lab(parts, settings, logs=logs, redis_urls=redis_urls))
        except KeyboardInterrupt:
            folder.discard()
            raise
        yield lab
