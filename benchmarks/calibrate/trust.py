"""The first screen: what was asked, what is true, what was found, and whether that holds. Words, from the summary.

`held` is True or False for a check, which fails the run. "met" and "not met" are of times: told, and never asserted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.calibrate.goals import BLOCKS

Summary = Mapping[str, Any]
NAMES = {
    "closed": "closed",
    "decided": "decided",
    "accepted": "accepted",
    "cpu_ms_per_order": "CPU per order",
}
YES, NO, MET, UNMET, UNSEEN = "yes", "NO", "met", "not met on this machine now", "not measured"
UNSHOWN = "not shown on this machine now"


def named(measure: str) -> str:
    """`closed_ms_p50` -> closed p50."""
    clock, found, share = measure.partition("_ms_p")
    return f"{clock} p{share}" if found and clock in NAMES else NAMES.get(measure, measure)


def table(summary: Summary) -> list[dict[str, Any]]:
    """A row for each question: `asked`, `truth`, `found`, `held` in words, and `ok` (None: no check)."""
    return [_never(summary), _width(summary), *_delays(summary), _loss(summary), _price(summary)]


def findings(summary: Summary) -> list[str]:
    """The answer in sentences, the weightiest first."""
    if summary["withheld"]:
        return [f"The verdict is withheld: {summary['withheld']}."]
    broken = [check for check in summary["checks"] if not check["ok"]]
    if broken:
        told = [f"{check['id']} does not hold: {check['detail']}." for check in broken]
        return ["No: do not believe its verdicts on this machine before this is understood.", *told]
    if summary["partial"]:
        return ["Not known: the run was interrupted before all was asked. What was asked held."]
    if summary["unmeasured"]:
        return [_not_asked(summary), *_unmet(summary)]
    return [_not_now(summary) if summary["answer"] == "not now" else _yes(summary), *_unmet(summary), *_weak(summary)]


def _not_asked(summary: Summary) -> str:
    rows = [row for row in summary["loss"]["arms"] if row["arm"] in summary["unmeasured"]]
    told = " and ".join(f"of {row['accepted']:,} orders to {row['arm']} none was to be lost" for row in rows)
    return f"Not known: {told}, by chance, so whether a loss is found was not asked there. Measure again."


def _not_now(summary: Summary) -> str:
    """Why it is neither yes nor no, and what to do."""
    delay_ms, seen, noisy = summary["calibration"]["delay_ms"], summary["same"]["false_positives"], summary["noisy"]
    told = (
        [f"this machine is too noisy at the moment to show {delay_ms:g} ms in {' and '.join(noisy)}"] if noisy else []
    )
    if seen["too_often"]:
        hits = f"{seen['shown']} of {seen['comparisons']} comparisons"
        told.append(
            f"a thing compared with itself seemed to differ in {hits}, more often than {_percent(seen['nominal'])}"
        )
    return f"Not now: {'; and '.join(told)}. No noise floor is kept: measure again when it is quiet."


def _weak(summary: Summary) -> list[str]:
    """What the question of false differences cannot tell at its size."""
    seen = summary["same"]["false_positives"]
    weak = seen["weak"]
    if weak is None or weak["told_apart"]:
        return []
    nominal, other = _percent(seen["nominal"]), _percent(weak["other"])
    return [
        f"Too few comparisons to tell {nominal} false differences from {other}: of {seen['comparisons']}, up to"
        f" {weak['most']} pass, and if {other} were the truth {_percent(weak['passes'], 0)} of such runs would pass."
        " More starts (--starts) tell more."
    ]


def _yes(summary: Summary) -> str:
    floor = summary["noise_floor"]["relative"] if summary["noise_floor"] else {}
    told = [f"{_percent(share)} of {named(measure)}" for measure, share in floor.items() if measure in FIRST]
    above = f", for differences above its noise floor: {', '.join(told)}" if told else ""
    return f"Yes{above}. What was put in was found, and where nothing was put in nothing was lost."


FIRST = ("closed_ms_p50", "accepted_ms_p50", "cpu_ms_per_order")


def _unmet(summary: Summary) -> list[str]:
    rows = [row for row in summary["same"]["half_widths"] if row["met"] is False]
    told = []
    if rows:
        goals = {row["measure"]: row["goal"] for row in rows}
        worst = {name: max(row["half_width"] for row in rows if row["measure"] == name) for name in goals}
        each = ", ".join(f"{named(name)} {_percent(worst[name])}, not {_percent(goals[name])}" for name in goals)
        told.append(
            f"Not met on this machine now: half of an interval is more than aimed at ({each}). A busy machine widens"
            " them; small differences then need more blocks."
        )
    seen = summary["same"]["false_positives"]
    if seen["met"] is False and not seen["too_often"]:
        told.append(
            f"Not met on this machine now: a thing compared with itself seemed to differ in less than"
            f" {_percent(seen['nominal'])} of comparisons ({seen['shown']} of {seen['comparisons']}): small differences"
            " may go unseen."
        )
    return told


def _never(summary: Summary) -> dict[str, Any]:
    seen = summary["same"]["false_positives"]
    truth = f"none; by chance in {_percent(seen['nominal'])} of comparisons"
    asked = "Does a thing seem to differ from itself?"
    if seen["interval"] is None:
        return _row(asked, truth, UNSEEN, None)
    low, high = seen["interval"]
    found = f"in {seen['shown']} of {seen['comparisons']} comparisons ({_percent(low)} to {_percent(high)})"
    weak = seen["weak"]
    if not weak["told_apart"]:
        found += f"; too few to tell {_percent(seen['nominal'])} from {_percent(weak['other'])}"
    return _row(asked, truth, found, None) | (
        {"ok": False, "held": NO} if not seen["held"] else {"held": _met(seen["met"])}
    )


def _width(summary: Summary) -> dict[str, Any]:
    rows: Sequence[Mapping[str, Any]] = summary["same"]["half_widths"]
    goals = {row["measure"]: row["goal"] for row in rows}
    truth = "goal: " + ", ".join(f"{named(measure)} {_percent(goal)}" for measure, goal in goals.items())
    asked = f"How small a difference do {BLOCKS} blocks a side show?"
    known = [row for row in rows if row["half_width"] is not None]
    if not known:
        return _row(asked, truth, UNSEEN, None)
    found = [
        f"{named(measure)} {_span([r['half_width'] for r in known if r['measure'] == measure])}" for measure in goals
    ]
    return _row(asked, truth, ", ".join(found), None, _met(all(row["met"] for row in rows)))


def _delays(summary: Summary) -> list[dict[str, Any]]:
    if not summary["delay"]:
        return [_row("Is a known delay found?", f"{summary['calibration']['delay_ms']:g} ms", UNSEEN, None)]
    rows = []
    for row in summary["delay"]:
        asked = f"Is a known delay found? ({row['operation']} in {row['arm']})"
        truth = f"{row['asked_ms']:g} ms and what a sleep oversleeps: up to {row['truth_ms'][1]:.2f} ms"
        unseen = row["held"] and not row["shown"]  # honest, and too wide
        rows.append(_row(asked, truth, _delay(row), None if unseen else row["held"], UNSHOWN if unseen else None))
    return rows


def _delay(row: Mapping[str, Any]) -> str:
    if row["found_ms"] is None or row["interval_ms"] is None:
        return UNSEEN
    low, high = row["interval_ms"]
    return f"{row['found_ms']:.1f} ms ({_percent(row['confidence'])} interval {low:.1f} to {high:.1f})"


def _loss(summary: Summary) -> dict[str, Any]:
    asked, found = "Is a known loss found, and no other?", summary["loss"]["together"]
    if found is None:
        return _row(asked, "1 in 100 of the accepted orders", UNSEEN, None)
    truth = f"{found['lost']} of {found['accepted']:,} orders, by their ids; planted was 1 in 100"
    low, high = found["interval"]
    told = f"{found['found']} orders, {_percent(found['share'], 2)} ({_percent(low, 2)} to {_percent(high, 2)})"
    exact = all(row["held"] is not False for row in summary["loss"]["arms"])
    told += ", the very ones" if exact else ", not the very ones"
    told += "".join(f"; none to be lost in {arm}" for arm in summary["unmeasured"])
    held = exact and found["held"]
    return _row(asked, truth, told, None, UNSEEN) if held and summary["unmeasured"] else _row(asked, truth, told, held)


def _price(summary: Summary) -> dict[str, Any]:
    seen = summary["price"]
    late, nothing = seen["late_ms"], seen["nothing_ms"]
    told = []
    if nothing["p50"] is not None:
        told.append(f"a door that does nothing accepts after {nothing['p50']:.1f} ms (p99 {nothing['p99']:.1f})")
    if late["p50"] is not None:
        told.append(f"orders leave {late['p50']:.1f} ms late (p99 {late['p99']:.1f})")
    if seen["load_cpu_ms_per_order"] is not None:
        told.append(f"the load takes {seen['load_cpu_ms_per_order']:.2f} ms of CPU an order")
    return _row(
        "What does measuring itself take?", "in every figure of every arm alike", "; ".join(told) or UNSEEN, None
    )


def _row(asked: str, truth: str, found: str, ok: bool | None, held: str | None = None) -> dict[str, Any]:
    words = {True: YES, False: NO, None: "told"}[ok] if held is None else held
    return {"asked": asked, "truth": truth, "found": found, "ok": ok, "held": words}


def _met(met: bool | None) -> str:
    return {True: MET, False: UNMET, None: UNSEEN}[met]


def _span(shares: Sequence[float]) -> str:
    if not shares:
        return UNSEEN
    low, high = min(shares), max(shares)
    return _percent(low) if _percent(low) == _percent(high) else f"{low * 100:.1f} to {_percent(high)}"


def _percent(share: float, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f} %".replace(f".{'0' * digits} %", " %")
