"""Whether two runs may be compared: refused where that makes no sense, without verdicts where they say too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.commands.programmes import PROGRAMMES
from benchmarks.compare.side import LOAD, Side
from benchmarks.judge.conformance import conforms

SHAPE = {"rate": "rate", "scenario": "scenario", "seconds": "length of a block", "traced": "tracing of every order"}
"""What of a measured phase must be the same; how many pairs there were need not be."""

SOAK = "soak"
MACHINE = ("architecture", "cpu", "cores")


@dataclass(frozen=True)
class Sense:
    """What may be said. `strangers`: arm -> why it alone is refused. `withheld`: why there is no verdict."""

    arms: list[str]
    refusals: tuple[str, ...]
    withheld: tuple[str, ...]
    warnings: tuple[str, ...]
    strangers: dict[str, str]
    same_faults: bool

    def refused(self, *arms: str) -> str | None:
        """The verdict of whom may not be compared, None of whom may."""
        if self.refusals:
            return "refused"
        return next((f"refused: {self.strangers[arm]}" for arm in arms if arm in self.strangers), None)


def sense(a: Side, b: Side) -> Sense:
    """Look at both."""
    arms = [arm for arm in a.run.arms if arm in b.run.arms]
    return Sense(
        arms=arms,
        refusals=tuple(_refusals(a, b, arms)),
        withheld=tuple(_withheld(a, b)),
        warnings=tuple(_warnings(a, b)),
        strangers=_strangers(a, b, arms),
        same_faults=_faults(a) == _faults(b),
    )


def _refusals(a: Side, b: Side, arms: list[str]) -> Iterator[str]:
    experiments = [side.run.manifest.get("experiment") for side in (a, b)]
    if experiments[0] != experiments[1]:
        yield f"other experiments: A is {experiments[0]}, B is {experiments[1]}; they asked other questions"
    for name in dict.fromkeys(str(each) for each in experiments if each in (*PROGRAMMES, SOAK)):
        yield f"runs of {name} are told by figures of their own: read the report of each, `harmony report RUN`, instead"
    if not arms:
        yield f"no arm in both: A has {', '.join(a.run.arms)}, B has {', '.join(b.run.arms)}"
    if bool(a.run.manifest.get("synthetic")) != bool(b.run.manifest.get("synthetic")):
        yield "one of them is made up, the other is not"
    phases = [side.run.measured_phase for side in (a, b)]
    if phases[0] != phases[1]:
        yield f"other blocks: figures are of phase {phases[0]} in A, of {phases[1]} in B"
    for name, meaning in SHAPE.items():
        of_a, of_b = _shape(a, name), _shape(b, name)
        if of_a and of_b and of_a != of_b:
            yield f"other {meaning}: {_each(of_a)} in A, {_each(of_b)} in B"
    for side in (a, b):
        yield from (f"{side.label} is spoiled: {each['detail']}" for each in side.failed if each["id"] == LOAD)
        for arm, switches in side.run.unsafe.items():
            yield f"unsafe switches: {arm} ran with {switches} in {side.label}, and is never comparable"


def _withheld(a: Side, b: Side) -> Iterator[str]:
    yield from (f"{side.label} is partial" for side in (a, b) if side.run.partial)
    seeds = [side.run.manifest.get("seed") for side in (a, b)]
    if seeds[0] != seeds[1]:
        yield f"other seed ({seeds[0]} in A, {seeds[1]} in B), so other orders at other moments"
    skus = [side.of("settings").get("skus") for side in (a, b)]
    if None not in skus and skus[0] != skus[1]:
        yield "other catalogue, so other orders"
    yield from _other_machine(a, b)


def _other_machine(a: Side, b: Side) -> Iterator[str]:
    unknown = [side.label for side in (a, b) if not side.of("machine")]
    other = [name for name in MACHINE if a.of("machine").get(name) != b.of("machine").get(name)]
    if unknown:
        yield f"nobody wrote down the machine of {' and '.join(unknown)}"
    elif other:
        yield f"other machine ({', '.join(other)}): absolute times and costs say nothing across machines"


def _warnings(a: Side, b: Side) -> Iterator[str]:
    for side in (a, b):
        names = dict.fromkeys(each["id"] for each in side.failed)
        if names:
            yield f"Checks failed in {side.label}: {', '.join(names)}. Its figures are those of a run that went wrong."
    yield from _about_the_code(a, b)
    times = [str(side.run.manifest.get("started") or "") for side in (a, b)]
    if all(times) and times[1] < times[0]:
        yield "B was recorded before A: read B less A as the older less the newer."


def _about_the_code(a: Side, b: Side) -> Iterator[str]:
    commits = [side.of("code").get("commit") for side in (a, b)]
    unknown = [side.label for side, commit in zip((a, b), commits, strict=True) if commit is None]
    if unknown:
        yield f"Nobody wrote down of which commit the code of {' and '.join(unknown)} was."
    for side, commit in zip((a, b), commits, strict=True):
        if commit is not None and side.of("code").get("dirty"):
            yield f"{side.label} ran with changes that are in no commit: {commit[:12]} is not all of its code."
    if commits[0] is not None and commits[0] == commits[1]:
        yield "Both are of one commit: what differs here is the machine's drift, luck, or what is set otherwise."


def _strangers(a: Side, b: Side, arms: list[str]) -> dict[str, str]:
    tried = {(arm, side.label): conforms(side.run, arm) for arm in arms for side in (a, b)}
    return {
        arm: f"{arm} is not what its name says in {label}"
        for (arm, label), check in tried.items()
        if check and not check.ok
    }


def _shape(side: Side, name: str) -> list[Any]:
    """How its measured blocks were, by the plan, else by the blocks themselves; [] when nobody wrote it down."""
    planned = [phase.get(name) for phase in side.phase(side.run.measured_phase)]
    values = planned or [block.get(name) for arm in side.run.arms for block in side.points(arm)]
    return list(dict.fromkeys(value for value in values if value is not None))


def _each(values: list[Any]) -> str:
    return " and ".join("yes" if value is True else "no" if value is False else str(value) for value in values)


def _faults(side: Side) -> list[Any]:
    """How faults were planned, and after how long an order counts as harmed."""
    return [side.run.slo_s, *(dict(phase) for phase in side.phase("control", "fault"))]
