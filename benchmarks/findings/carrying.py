"""How far a run's figures carry: what they were measured under, and what they do not tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.findings.conditions import MEDIAN, idle, injected, row_of, working
from benchmarks.findings.couples import couples_on_a_wire
from benchmarks.findings.measured import rates_of
from benchmarks.findings.words import Row, Summary, count, duration, listed, sure
from benchmarks.noise import borrowed

MEASURES = {
    "closed_ms_p50": "closed, median",
    "closed_ms_p90": "closed, 90 of 100",
    "closed_ms_p99": "closed, 99 of 100",
    "decided_ms_p50": "decided, median",
    "accepted_ms_p50": "accepted, median",
    "cpu_ms_per_order": "processor time per order",
}
MANY = 20  # verdicts: of so many, one is expected to be chance's
FLOORS = ("closed_ms_p50", "cpu_ms_per_order")  # those that a choice rests on; all of them stand in the tables
UNKNOWN_FLOOR = "What this machine shows between an arm and itself is not known here: small differences may be none. "
MEASURED_BY = "No noise floor is known: `harmony run calibrate` measures it"


def carries(summary: Summary) -> Iterator[str]:
    """The sentences, most important first."""
    yield _measured(summary)
    if summary["phase"] == "measure":
        yield _work(summary)
        if len(summary["arms"]) > 1 and not summary["refusals"]:
            yield floor(summary)
            if rows := _judged(summary):
                chance = f"about {rows / 20:.0f} would seem to be one by chance"
                yield f"{rows} differences are judged below, each at 95 %: {chance} where there is none."


def _judged(summary: Summary) -> int:
    """How many verdicts the tables hold, where they are enough for chance to be among them."""
    rows = [
        row
        for part in (summary, *(summary.get("conditions") or ()))
        for row in (*part["comparisons"], *part["effects"])
    ]
    known = sum(sure(row) != "unsure" for row in rows)
    return known if known >= MANY else 0


def _measured(summary: Summary) -> str:
    rates = [condition["rate"] for condition in idle(summary)] or rates_of(summary)
    at = f", at {listed([f'{rate:g}' for rate in rates])} orders/s" if rates else ""
    rows = [row for part in (summary, *(summary.get("conditions") or ())) for row in part["comparisons"]]
    blocks = f", {_range([row['blocks'] for row in rows])} a side" if rows else ""
    starts = f" over {count(min(row['starts'] for row in rows), 'start')} of the lab" if rows else ""
    head = "One machine for services, stores and load, loopback and no network between them"
    return f"{head}{at}, one mix of orders{blocks}{starts}. Nothing is claimed beyond that."


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return count(high, "block") if low == high else f"{low} to {count(high, 'block')}"


def _work(summary: Summary) -> str:
    """What became of the difference beside injected work; without that, that it is not known."""
    condition = working(summary)
    if condition is None:
        return (
            "No work was put into the services: these are the times of coordination alone. What they weigh beside real "
            "work was not measured here; `harmony run latency` does."
        )
    told = []
    for wire, a, b in couples_on_a_wire(summary):
        row = row_of(condition["comparisons"], MEDIAN, a, b)
        if row and (share := _share(row)):
            told.append(f"{f'over {wire} ' if wire and len(summary['arms']) > 2 else ''}{share}")
    beside = f"Beside {injected(condition['work'])}"
    if not told:
        return f"{beside} there is no verdict on the difference in time."
    return f"{beside}, the difference in time {'; '.join(told)}. Other work, other shares."


def _share(row: Row) -> str:
    if sure(row) == "none":
        return "is not shown"
    if sure(row) == "unsure" or not row["a_value"] or not row["b_value"]:
        return ""
    whole = max(row["a_value"], row["b_value"])
    return f"is {duration(abs(row['difference']))} of {duration(whole)} ({percent(abs(row['difference']) / whole)})"


def percent(share: float) -> str:
    """`12 %`, `3.5 %`."""
    return f"{100 * share:.2g} %"


def floor(summary: Summary) -> str:
    """What the machine shows between a thing and itself, and which differences lie below that."""
    known: dict[str, Any] | None = summary.get("noise_floor")
    if not known:
        bare = any(row["noise_floor"] is not None for row in summary["comparisons"])
        return _bare(summary) if bare else _unknown(summary)
    relative = known["relative"]
    shares = [f"{MEASURES[name]} {percent(share)}" for name in FLOORS if (share := relative.get(name)) is not None]
    return (
        f"Noise floor of this machine, from {known['run']} (an arm against itself): {listed(shares) or 'see the run'}"
        f"{_borrowed(summary, known)}. "
        f"What lies below is called no difference shown{_below(summary)}."
    )


def _unknown(summary: Summary) -> str:
    """With the reason, when the run's manifest has it."""
    why: str = summary.get("noise_floor_missing") or MEASURED_BY
    return f"{UNKNOWN_FLOOR}{why[0].upper()}{why[1:]}, and later runs use it."


def _borrowed(summary: Summary, known: dict[str, Any]) -> str:
    """Arms that take a floor which others were measured with."""
    arms = borrowed(known, summary["arms"])
    return f"; {listed(arms)} had no part in that and borrowed it" if arms else ""


def _bare(summary: Summary) -> str:
    return f"The noise floor is as the run's manifest has it; what lies below is no difference shown{_below(summary)}."


def _below(summary: Summary) -> str:
    under = [f"{row['a']} and {row['b']}, {MEASURES[row['measure']]}" for row in summary["comparisons"]
             if row["measure"] in MEASURES and below_floor(row)]  # fmt: skip
    return f"; here {'; '.join(under)}" if under else "; here no difference does"


def below_floor(row: Row) -> bool:
    """Whether a difference is within what the machine shows between a thing and itself."""
    least = row.get("noise_floor")
    return least is not None and row["difference"] is not None and bool(abs(row["difference"]) <= least)
