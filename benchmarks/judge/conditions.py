"""The conditions under which a question was put: rates, and injected work. Each is judged as a run of its own.

Top-level figures are those of the reference condition; here they are once more, beside the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks import checkers
from benchmarks.judge.carried import not_carried
from benchmarks.judge.clocks import SHARES, arm_latencies, counts, pair_of, rounded
from benchmarks.judge.comparisons import comparisons, refusals
from benchmarks.judge.costs import COUNTED, arm_cost
from benchmarks.judge.effects import effects
from benchmarks.judge.run import Run
from benchmarks.judge.work import CLOCKS, less_work, work_ms, work_of
from benchmarks.keeping_up import SHARE_MIN
from benchmarks.rows import Row
from benchmarks.statistics import BLOCKS_MIN, STARTS_MIN, mean_over_blocks

OVERHEAD = {f"{clock}_ms_{share}": f"coordination_{clock}_ms_{share}" for clock in reversed(CLOCKS) for share in SHARES}
"""A measure of an order's time -> the same of what is left of it without the work."""

COMPARED, EFFECTS = ("closed_ms_p50", "decided_ms_p50"), ("closed_ms_p50",)


def names(run: Run) -> list[str]:
    """The conditions that were measured, in the order of the plan; none where nothing was varied."""
    planned = [str(phase.get("condition") or "") for phase in run.manifest.get("plan") or ()]
    measured = {str(block.get("condition") or "") for block in run.blocks if block["phase"] in ("measure", "beside")}
    return [name for name in dict.fromkeys((*planned, *sorted(measured))) if name and name in measured]


def conditions(run: Run) -> list[dict[str, Any]]:
    """A row for each condition."""
    return [_condition(run, name) for name in names(run)]


def rates_carried(run: Run) -> checkers.Check | None:
    """A check: every rate that somebody asked for, and the reference, was carried by every arm.

    None where none was varied, and of a run that was cut short. What else was not carried is a caveat: nobody asked
    for just that rate.
    """
    if run.partial or not (varied := names(run)):
        return None
    beyond = [sentence for name in varied if _must(run, name) for sentence in not_carried(run.under(name))]
    looked_at = sum(len(run.under(name).blocks) for name in varied)
    kept = f"{100 * SHARE_MIN:g} % of the orders closed within {run.slo_s:g} s and no backlog that grows"
    fine = f"every arm kept up in {looked_at} blocks, at {', '.join(varied)}: {kept}"
    return checkers.Check("rates_carried", not beyond, looked_at, "; ".join(dict.fromkeys(beyond)) or _told(run, fine))


def beyond_easy(run: Run) -> list[str]:
    """A sentence for each rate beside the reference that was chosen for the arms and that one did not carry."""
    rest = [name for name in names(run) if not _must(run, name)]
    beyond = (sentence for name in rest for sentence in not_carried(run.under(name)))
    return [f"{sentence}. There is no verdict under that condition." for sentence in beyond]


def _told(run: Run, fine: str) -> str:
    return " ".join(beyond_easy(run)) or fine


def _must(run: Run, name: str) -> bool:
    """Whether this condition is one without which the run has no answer."""
    reference = any(block["phase"] == "measure" for block in run.blocks if block.get("condition") == name)
    return reference or bool(run.manifest.get("as_asked"))


def too_few(run: Run) -> list[str]:
    """One sentence when no condition can have a verdict, because fewer blocks were planned than one needs."""
    plan = [phase for phase in run.manifest.get("plan") or () if phase.get("condition")]
    starts = int(run.manifest.get("restarts") or 1)
    most = max((int(phase["pairs"]) * starts for phase in plan if phase["kind"] != "warmup"), default=BLOCKS_MIN)
    if most >= BLOCKS_MIN and (not plan or starts >= STARTS_MIN):
        return []
    asked = f"{most} block{'' if most == 1 else 's'} a side in {starts} start{'' if starts == 1 else 's'} of the lab"
    return [f"No verdict is given: {asked} were asked for, and it takes {BLOCKS_MIN} in {STARTS_MIN}."]


def _condition(run: Run, name: str) -> dict[str, Any]:
    under, blocks = run.under(name), [row for row in run.blocks if row.get("condition") == name]
    work = work_of(under)
    less = less_work(under, work) if work else None
    beyond, why = not_carried(under), refusals(under)
    told = {"median_ms": work.median_ms, "sigma": work.sigma, "mean_ms": rounded(work.mean_ms)} if work else None
    return {
        "id": name,
        "rate": float(blocks[0]["rate"]),
        "reference": any(block["phase"] == "measure" for block in blocks),
        "work": told,
        "not_carried": beyond,
        "arms": {arm: _arm(under, less, arm) for arm in under.arms},
        "comparisons": [
            *comparisons(under, why=why),
            *(_overhead(comparisons(less, COMPARED, why)) if less else ()),
        ],
        "effects": [*effects(under, why=why), *(_overhead(effects(less, EFFECTS, why)) if less else ())],
    }


def _arm(under: Run, less: Run | None, arm: str) -> dict[str, Any]:
    left = arm_latencies(less, arm) if less else None
    return {
        "orders": counts(under.rows(arm)),
        "latency_ms": arm_latencies(under, arm),
        "cost": arm_cost(under, arm) | dict.fromkeys(COUNTED),  # counted over all conditions together
        **_per_second(under, arm),
        "work_ms": work_ms(less, arm) if less else None,
        "coordination_ms": {clock: left[clock] for clock in CLOCKS} if left else None,
    }


def _per_second(run: Run, arm: str) -> dict[str, Any]:
    """Processor time that the arm used for a second of load (ms): its mean over blocks, and interval."""
    each = [cpu_ms_per_s(block, run.processes(arm)) for block in run.blocks_of(arm)]
    known = [figure for figure in each if figure is not None]
    seen = mean_over_blocks(known if len(known) == len(each) else [])
    return {"cpu_ms_per_s": rounded(seen.value), "cpu_ms_per_s_interval": pair_of(seen.interval)}


def cpu_ms_per_s(block: Row, processes: Sequence[str]) -> float | None:
    """Of one block: all that was used until its orders were closed, for each second in which orders arrived.

    None when a process was not seen.
    """
    each = block.get("cpu_ms") or {}
    used = [float(each[name]) for name in processes if each.get(name) is not None]
    seconds = float(block.get("seconds") or 0)
    return None if len(used) < len(processes) or seconds <= 0 else sum(used) / seconds


def _overhead(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"measure": OVERHEAD[row["measure"]]} for row in rows]
