"""What must hold in a run, and what may be said of it: its checks and its verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.capacity import overloads
from benchmarks.capacity.records import Records
from benchmarks.judge import conformance
from benchmarks.statistics import STARTS_MIN

NONE = "no verdict"

Judged = dict[str, Any]


def checks(records: Records, arms: Mapping[str, Judged], disturbed: Mapping[str, Any]) -> Iterator[Judged]:
    """Conformance, every lab's audit, the promises of the door under overload, and equal conditions."""
    for row in records.conformance:
        wrong = list(conformance.objections(row, str(records.manifest["patterns"][row["arm"]])))
        said = "; ".join(wrong) or f"{row['orders']} orders of every outcome, and only the edges that it claims"
        yield _check("conforms", row["arm"], not wrong, int(row["orders"]), said)
    yield from (dict(row) for row in records.checks)
    for arm, each in arms.items():
        if over := each["overload"]:
            yield _refusals(records, arm, over)
            if over["verdict"] != NONE and "overload" not in disturbed.get(arm, {}):
                yield _no_collapse(arm, over)
    if len(records.arms) > 1 and records.manifest["ledger"]:
        differences = records.manifest["ledger_differences"]
        looked_at = len(records.manifest["ledger_compared"])
        said = "; ".join(map(str, differences.values())) or f"{looked_at} conditions must not differ, and none does"
        yield _check("equal_conditions", None, not differences, looked_at, said)


def _refusals(records: Records, arm: str, over: Judged) -> Judged:
    """Too much is refused, and every refusal says when to come again; a door that refused nobody has shown nothing."""
    refused, wrong = overloads.refusals(records, arm)
    told = [f"{count} times {what}" for what, count in wrong.items()]
    if not refused:
        told.append(f"not one order of {over['due']:,} was refused with a 429 or 503 and Retry-After")
    said = ", ".join(told) or f"{refused:,} refusals, each a 429 or 503 with Retry-After, and nothing else but a 202"
    return _check("refusals_say_when", arm, not told, refused + wrong.total(), said)


def _no_collapse(arm: str, over: Judged) -> Judged:
    most = max(phase["times"] for phase in over["phases"])
    said = f"at up to {most:.2g} times what it carries at least {over['least_goodput_share']:.0%} of that, seen once"
    ok = over["verdict"] != "collapses"
    return _check("goodput_does_not_collapse", arm, ok, over["due"] - over["unsent"], said)


def _check(id_: str, arm: str | None, ok: bool, looked_at: int, detail: str) -> Judged:
    return {"id": id_, "ok": ok, "looked_at": looked_at, "detail": detail, "arm": arm, "lab": None}


def more(times: float | None, by: Sequence[float | None], unfit: bool, starts: int) -> str:
    """Whether one capacity is higher: only where the intervals of both searches lie apart, seen in enough starts.

    `unfit`: one of the searches was cut short, or others used the machine.
    """
    low, high = by
    if times is None or unfit or starts < STARTS_MIN:
        return NONE
    if low is not None and low > 1:
        return "higher"
    return "lower" if high is not None and high < 1 else "no difference shown"


def verdicts(summary: Mapping[str, Any], run: str) -> Iterator[Judged]:
    """What may be said. Of a stage in which others used the machine, nothing."""
    for row in summary["comparisons"]:
        if row["measure"] == "capacity_per_s":
            claim = f"{row['a']} carries another rate than {row['b']}"
            yield _verdict("capacity", claim, row["verdict"], row["ratio"], row["ratio_interval"], run)
    for arm, each in summary["arms"].items():
        strangers = summary["disturbed"].get(arm, {})
        if law := (each["replicas"] or {}).get("law"):
            largest = list(law["speedups"].values())[-1]
            claim = f"replicas of {each['replicas']['component']} raise what {arm} closes a second"
            said = NONE if "burst" in strangers else each["replicas"]["verdict"]
            yield _verdict(f"replicas:{arm}", claim, said, largest["times"], largest["interval"], run)
        yield from _of_overloads(arm, each, strangers, run)


def _of_overloads(arm: str, each: Judged, strangers: Mapping[str, Any], run: str) -> Iterator[Judged]:
    for stage, times in (("overload", "two and three times"), ("surge", "twice")):
        if over := each[stage]:
            bound = f"at most {over['open_max']:,} orders open"
            door = (
                f"{bound}, a bound made from the knee just found" if stage == "overload" else f"the default of {bound}"
            )
            claim = f"with {door}, the goodput of {arm} holds at {times} what it carries"
            said = NONE if stage in strangers or over["verdict"] == NONE else f"{over['verdict']}, seen once"
            yield _verdict(f"{stage}:{arm}", claim, said, over["least_goodput_share"], None, run)


def _verdict(id_: str, claim: str, verdict: str, effect: Any, interval: Any, run: str) -> Judged:
    return {"id": id_, "claim": claim, "verdict": verdict, "effect": effect, "interval": interval, "run": run}
