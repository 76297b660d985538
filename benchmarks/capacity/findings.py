"""What was found, in sentences with their figures and their doubt, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Judged = Mapping[str, Any]

COMES_BACK = {True: "it was well again {after:g} s after the load went down", False: "it did not become well again"}


def findings(summary: Judged) -> list[str]:
    """For the first screen."""
    broken = [f"{each['id']}{_where(each)} does not hold: {each['detail']}." for each in broken_of(summary)]
    if summary["withheld"]:
        return [f"The verdict is withheld: {summary['withheld']}.", *broken]
    told = ["The run was interrupted: no verdict on which arm carries more."] if summary["partial"] else []
    told += [*_strangers(summary), *_compared(summary)]
    for arm, each in summary["arms"].items():
        if each["capacity"]["rate"] is not None:
            noisy = summary["disturbed"].get(arm, {})
            said = (
                saturated(arm, each),
                scaled(arm, each, "burst" not in noisy),
                overloaded(arm, each, "overload", "overload" not in noisy),
                overloaded(arm, each, "surge", "surge" not in noisy),
            )
            told += [carries(arm, each["capacity"], summary["slo_s"]), costs(arm, each["cost"])]
            told += [sentence for sentence in said if sentence]
    return [*broken, *told]


def broken_of(summary: Judged) -> list[Judged]:
    """Checks that do not hold."""
    return [check for check in summary["checks"] if not check["ok"]]


def _where(check: Judged) -> str:
    arm = f" in {check['arm']}" if check["arm"] else ""
    return f"{arm} ({check['lab']})" if check["lab"] else arm


def _strangers(summary: Judged) -> Iterator[str]:
    """First of all: what cannot be concluded, because the machine had other work."""
    seen = [cores for stages in summary["disturbed"].values() for cores in stages.values()]
    used = [cores for cores in seen if cores is not None]
    if len(used) < len(seen):
        yield "Whether others used the machine could not be seen all the while; of what was measured then, no verdict."
    if used:
        words = f"The machine was not at rest: others used up to {max(used):.1f} of its {summary['cores']} cores"
        yield f"{words}, so nothing is concluded from what was measured then, and at rest arms carry more."


def _compared(summary: Judged) -> Iterator[str]:
    for row in summary["comparisons"]:
        if row["ratio"] is None:
            continue
        if row["measure"] != "capacity_per_s":
            yield _a_second_of_cpu(row)
            continue
        more, less, times, by = row["a"], row["b"], row["ratio"], row["ratio_interval"]
        if times < 1:
            more, less, times, by = less, more, 1 / times, [1 / end if end else None for end in reversed(by)]
        doubt = f" [{_end(by[0])}, {_end(by[1])}], in {_starts(row['starts'])}"
        if row["verdict"] == "no verdict":
            yield f"No verdict on which carries more; seen: {more} {times:.2f} times what {less} carries{doubt}."
        elif row["verdict"] in ("higher", "lower"):
            apart = "a rate that the one carried every time lies above one that the other never carried"
            yield f"{more} carries {times:.2f} times as many orders a second as {less}{doubt}: {apart}."
        else:
            yield f"Which carries more is not shown: {more} {times:.2f} times what {less} carries{doubt}."


def _a_second_of_cpu(row: Judged) -> str:
    more, less, times = (
        (row["a"], row["b"], row["ratio"]) if row["ratio"] > 1 else (row["b"], row["a"], 1 / row["ratio"])
    )
    words = f"For each CPU-second {less} closes {times:.2f} times as many orders as {more}"
    return f"{words}, each at what it carries: a figure over the probes there, no verdict."


def _end(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _starts(count: int) -> str:
    return f"{count} start" + ("" if count == 1 else "s")


def carries(arm: str, capacity: Judged, slo_s: float) -> str:
    """How much, and how far that is known."""
    low, high = capacity["interval"]
    words = f"{arm} carries {capacity['rate']:.0f} orders a second"
    if capacity["limit"] == "load":
        return f"{words} at least: above {capacity['above']:.0f} the load generator was the limit, not the arm."
    if capacity["limit"] == "none":
        return f"{words} at least: no higher rate was tried."
    doubt = f" (bracket {_rate(low)} to {_rate(high)}, no confidence interval; up to {capacity['too_much']:.0%} high)"
    means = f"99 % closed within {slo_s:g} s of being due, and no backlog that was seen to grow"
    cut = "; the search was cut short by its time" if capacity["cut"] else ""
    return f"{words}{doubt}: {means}; {capacity['tries']} probes in {_starts(capacity['starts'])}{cut}."


def _rate(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f}"


def costs(arm: str, cost: Judged) -> str:
    """At the knee."""
    if cost["cpu_ms_per_order"] is None:
        return f"What an order costs {arm} at that rate could not be seen."
    by = cost["cpu_ms_per_order_interval"]
    doubt = f" [{max(0.0, by[0]):.2f}, {by[1]:.2f}]" if by else ""
    counted = cost["messages_per_order"]
    traffic = "" if counted is None else f", {counted:.1f} messages and {cost['bytes_per_order']:,.0f} bytes"
    words = f"{cost['cpu_ms_per_order']:.2f} ms of processor time{doubt}{traffic}"
    return f"There an order costs {arm} {words}: {cost['orders_per_cpu_s']:.0f} orders for each CPU-second."


def saturated(arm: str, each: Judged) -> str | None:
    """Who is at the limit first."""
    seen = each["saturation"]
    if seen is None:
        return None
    cores, busy, rate = seen["cores"], seen["cores_busy"], f"{seen['rate']:.0f} a second"
    load = "" if seen["cores_load"] is None else f", the load generator's {seen['cores_load']:.2f} among them"
    others = "an unknown part" if seen["cores_others"] is None else f"{seen['cores_others']:.2f}"
    machine = f"{busy:.2f} of {cores} cores are busy{load}, {others} for others"
    if seen["first"] is None:
        unseen = ", ".join(name for name, used in seen["shares"].items() if used is None)
        return f"In {arm}, which process is at its limit could not be seen: not known is {unseen}; {machine}."
    share = seen["shares"][seen["first"]]
    if seen["first_full"]:
        what = f"{seen['first']} saturates first: at {rate} it uses {share:.0%} of a core, and has one thread"
        return f"In {arm}, {what}; {machine}."
    most = f"{seen['first']} uses most, {share:.0%} of a core"
    if seen["machine_full"]:
        return f"In {arm}, the machine saturates before any process does: at {rate} {machine}; {most}."
    what = f"neither a process nor the machine is full at {rate} ({machine}; {most})"
    return f"In {arm}, {what}: orders wait for something else."


def scaled(arm: str, each: Judged, quiet: bool = True) -> str | None:
    """Whether replicas help, and what the law says."""
    seen = each["replicas"]
    if seen is None:
        return None
    if seen["law"] is None:
        return f"No verdict on replicas of {arm}: too few bursts were closed{lost(seen)}."
    law = seen["law"]
    size, largest = list(law["speedups"].items())[-1]
    by = largest["interval"]
    doubt = f" [{by[0]:.2f}, {by[1]:.2f}]" if by else ""
    change = f"{size} replicas of {seen['component']} close {largest['times']:.2f} times what one closes{doubt}"
    if not quiet or seen["verdict"] == "no verdict":
        return f"No verdict on replicas of {arm}; seen in {_starts(seen['starts'])} of each size: {change}{lost(seen)}."
    helps = {"holds": "Replicas help {}", "not so": "Replicas cost {}"}
    words = helps.get(seen["verdict"], "Whether replicas help {} is not shown").format(arm)
    peak = f", most at N = {law['peak']:.1f}" if law["kappa_told"] and law["peak"] else ""
    return f"{words}: {change}, over {_starts(seen['starts'])} of each. {_law(law)}{peak}."


def lost(seen: Judged) -> str:
    """Bursts without a figure: what is left are survivors."""
    if not seen["lost"]:
        return ""
    unsent = f"; the load generator could not send {seen['unsent']:,} orders" if seen["unsent"] else ""
    return f"; {seen['lost']} of {seen['bursts']} bursts were lost, and the rest are survivors{unsent}"


def _law(law: Judged) -> str:
    parts = []
    for name, letter in (("contention", "sigma"), ("coherency", "kappa")):
        by = law[f"{letter}_interval"]
        doubt = f" [{by[0]:.2f}, {by[1]:.2f}]" if by else ""
        told = "" if law[f"{letter}_told"] else ", not told from 0"
        parts.append(f"{name} {letter} {law[letter]:.2f}{doubt}{told}")
    return f"Scalability law: {' and '.join(parts)}"


def overloaded(arm: str, each: Judged, stage: str, quiet: bool = True) -> str | None:
    """Whether too much makes it do less: with a bound at the door made for it, and with the lab's own."""
    over = each[stage]
    if over is None:
        return None
    phases = [f"{phase['goodput_share']:.0%} of what it carries at {phase['times']:.2g} x" for phase in over["phases"]]
    seen = f"{', '.join(phases[:-1])}; {back(over)}{not_sent(over)}"
    whose = "made from what it carries" if stage == "overload" else "the default"
    door = f"with at most {over['open_max']:,} orders open, {whose}"
    if not quiet or over["verdict"] == "no verdict":
        return f"No verdict on {arm} under overload {door}; seen once: {seen}."
    words = {"holds": "holds", "gives way": "gives way and does not collapse", "collapses": "collapses"}
    return f"{door.capitalize()}, the goodput of {arm} {words[over['verdict']]} (seen once): {seen}."


def not_sent(over: Judged) -> str:
    """Why it was not the load that was asked for."""
    unsent = (
        f"; the load generator could not send {over['unsent']:,} of {over['due']:,} orders" if over["unsent"] else ""
    )
    return unsent + ("; more cannot be sent, so it was less than two and three times" if over["capped"] else "")


def back(over: Judged) -> str:
    """How it came back."""
    after = over["well_after_s"]
    return COMES_BACK[after is not None].format(after=after or 0.0)
