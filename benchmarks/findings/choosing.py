"""Which to choose, by rule from the verdicts: never by hand, and never beyond what was measured.

An advice needs a verdict. Where none is shown, that is said; where the run is not fit to be judged, advice is withheld.
How far the figures carry is told in `carrying`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.findings.carrying import carries
from benchmarks.findings.conditions import MEDIAN, idle, row_of
from benchmarks.findings.couples import couples, couples_on_a_wire, differ
from benchmarks.findings.words import Row, Summary, bracket, duration, facing, listed, sure

COST = "cpu_ms_per_order"
HARDLY = 0.15  # the far end of the interval is a smaller share of the larger value: shown, and hardly worth a choice
UNMEASURED = (
    "What no clock shows may weigh more: orchestration has the flow on one page, and needs whoever runs it; in "
    "choreography no page has it, and nobody in the middle must keep running (`harmony run coupling`)."
)
CONFOUNDED = "Pattern and transport differ between {}, so this run cannot say which of them it is: `--arms all` can."
ENOUGH = "`harmony run latency`, as it stands, runs long enough for one"


def choosing(summary: Summary) -> dict[str, Any]:
    """`withheld`: why there is no advice, or null; `choose`: the advice; `carries`: how far the figures carry."""
    why = withheld(summary)
    return {"withheld": why, "choose": [] if why else list(_advice(summary)), "carries": list(carries(summary))}


def withheld(summary: Summary) -> str | None:
    """Why nothing may be chosen by this run."""
    failed = [check["id"].replace("_", " ") for check in summary["checks"] if not check["ok"]]
    if "load kept up" in failed:
        return "the load was not what it says, so nothing may be chosen by these figures"
    if summary["refusals"] and len(summary["arms"]) > 1:
        return "the arms are not compared, as is said above"
    if failed:
        return f"a check failed ({listed(list(dict.fromkeys(failed)))}), so nothing here is fit to choose on"
    if summary["partial"]:
        return "the run was interrupted; what was seen until then stands below, and is no ground to choose on"
    if summary["phase"] != "measure":
        return "this run asks what a fault does, once in each arm, and not which arm is faster or cheaper"
    return "only one arm ran" if len(summary["arms"]) < 2 else None


def _advice(summary: Summary) -> Iterator[str]:
    told = [each for couple in couples(summary) if (each := _couple(summary, *couple))]
    yield from told
    if not told:
        yield f"No choice by time or cost: there is no verdict{_why(summary)}. {ENOUGH}."
    yield from (each for couple in couples_on_a_wire(summary) if (each := _at_all_rates(summary, *couple)))
    for a, b in couples(summary):
        if len(differ(summary, a, b)) > 1:
            which = "these two arms" if len(summary["arms"]) == 2 else f"{a} and {b}"
            yield CONFOUNDED.format(which)
    if {"orchestration", "choreography"} <= {arm["pattern"] for arm in summary["arms"].values()}:
        yield UNMEASURED


def _why(summary: Summary) -> str:
    """The reason, if it is one and not said already: see `doubts`."""
    reasons = {str(row["verdict"]) for row in summary["comparisons"] if row["measure"] in (MEDIAN, COST)}
    alone = reasons.pop().removeprefix("no verdict: ") if len(reasons) == 1 else ""
    return f" ({alone})" if alone and not alone.endswith(" are needed") else ""


def _couple(summary: Summary, a: str, b: str) -> str:
    """A sentence on two arms, in time and in cost; empty where neither has a verdict."""
    rows = [row_of(summary["comparisons"], measure, a, b) for measure in (MEDIAN, COST)]
    time, cost = (row if row and sure(row) != "unsure" else None for row in rows)
    if time is None and cost is None:
        return ""
    where, what, names = _names(summary, a, b)
    told = [
        _in(time, what, names, "time") if time else "for time there is no verdict",
        _in(cost, what, names, "processor time") if cost else "for cost there is no verdict",
    ]
    if len(won := _won(time, cost, names)) == 2 and len(set(won.values())) == 1:
        told = [f"{told[0]}, and {told[1].removeprefix(next(iter(won.values()))).strip()}"]
    text = f"{where}{'; '.join(told)}"
    return f"{text[0].upper()}{text[1:]}. {_by(won)}"


def _names(summary: Summary, a: str, b: str) -> tuple[str, str, dict[str, str]]:
    """(where, what differs, arm -> what it is called there)."""
    arms, apart = summary["arms"], differ(summary, a, b)
    if apart == ["pattern"]:
        return f"over {arms[a]['transport']}: ", "the pattern", {arm: arms[arm]["pattern"] for arm in (a, b)}
    if apart == ["transport"]:
        which = f"{arms[a]['transport']} or {arms[b]['transport']}"
        return f"in {arms[a]['pattern']}, {which}: ", "the wire", {arm: arms[arm]["transport"] for arm in (a, b)}
    return "", "the arm", {arm: arm for arm in (a, b)}


def _in(row: Row, what: str, names: dict[str, str], measure: str) -> str:
    """One measure: who wins by how much, or that it hardly matters, or that nothing is shown."""
    whole = max(row["a_value"], row["b_value"])
    interval = facing(row)
    size = f"{duration(abs(row['difference']))}{f' {bracket(interval)}' if interval else ''} of {duration(whole)}"
    if sure(row) == "none":
        most = max(abs(end) for end in interval) if interval else abs(row["difference"])
        return f"no difference in {measure} shown (if there is one, at most {duration(most)} of {duration(whole)})"
    if hardly(row):
        return f"{what} hardly matters for {measure} ({names[_lower(row)]} less by {size})"
    wins = "closes orders sooner" if measure == "time" else "costs less processor time"
    return f"{names[_lower(row)]} {wins}, by {size}"


def _lower(row: Row) -> str:
    return str(row["a"] if row["difference"] < 0 else row["b"])


def hardly(row: Row) -> bool:
    """Whether a difference that is shown is small beside the larger of the two, even at the far end of its interval."""
    far = max((abs(end) for end in row["interval"] or ()), default=abs(row["difference"]))
    return sure(row) == "shown" and far <= HARDLY * max(row["a_value"], row["b_value"])


def _won(time: Row | None, cost: Row | None, names: dict[str, str]) -> dict[str, str]:
    """time, cost -> who is better there, by more than a little."""
    rows = {"time": time, "cost": cost}
    return {what: names[_lower(row)] for what, row in rows.items() if row and sure(row) == "shown" and not hardly(row)}


def _by(won: dict[str, str]) -> str:
    """What follows, within what was measured."""
    if not won:
        return "By these figures there is little to choose."
    if len(won) == 2 and len(set(won.values())) == 2:
        return f"So {won['time']} for time, {won['cost']} for cost."
    return f"So {next(iter(won.values()))}, by {' and '.join(won)}."


def _at_all_rates(summary: Summary, wire: str, a: str, b: str) -> str:
    """Whether the median's verdict is the same at every rate that was measured."""
    known = [(c["rate"], row_of(c["comparisons"], MEDIAN, a, b)) for c in idle(summary)]
    judged = [(rate, row) for rate, row in known if row and sure(row) != "unsure"]
    if len(judged) < 2:
        return ""
    _, _, names = _names(summary, a, b)
    sooner = [(rate, names[_lower(row)] if sure(row) == "shown" else "") for rate, row in judged]
    where = f"Over {wire}, who" if wire else "Who"
    if len({who for _, who in sooner}) == 1:
        same = f"{sooner[0][1]} closes orders sooner" if sooner[0][1] else "no difference in time is shown"
        head = f"{f'Over {wire}, ' if wire else ''}{same} at every rate that was judged"
        return f"{head[0].upper()}{head[1:]} ({_rates([rate for rate, _ in sooner])})."
    each = [f"{who or 'none shown'} at {rate:g}/s" for rate, who in sooner]
    return f"{where} closes orders sooner depends on the rate: {listed(each)}."


def _rates(rates: Sequence[float]) -> str:
    return f"{listed([f'{rate:g}' for rate in rates])} orders/s"
