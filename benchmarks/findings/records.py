"""Warnings about the records, and the invariants: what was violated, or how much held over how many orders."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.findings.words import Finding, Summary, count, finding

BUSY_SHARE = 0.5  # of the cores, by the load average; the lab and its load need about one
RULE_OF_THREE = 3  # 0 of n seen: under 3/n with 95 % confidence (Hanley and Lippman-Hand, JAMA 1983)


def warnings(summary: Summary) -> Iterator[Finding]:
    if summary.get("synthetic"):
        yield finding("warning", "SYNTHETIC: these records were made up to try the report. Nothing was measured.", True)
    if summary.get("partial"):
        yield finding("warning", "This run was interrupted: what follows is what was seen until then.", True)
    load, cores = summary.get("load_before"), summary.get("cores")
    if load is not None and cores and load > BUSY_SHARE * cores:
        text = f"The machine was busy when this run began (load average {load:.1f} on {cores} cores): times are longer"
        yield finding("warning", f"{text} than at rest, and noisy.", True)
    for arm, switches in summary["unsafe"].items():
        text = f"UNSAFE: {arm} ran with {switches} switched on. It is broken on purpose, and compared with nothing."
        yield finding("warning", text, True)
    if summary["allowed"] and not summary["refusals"]:
        text = f"UNEQUAL, and compared all the same, as was asked for by name: {'; '.join(summary['allowed'])}."
        yield finding("warning", text, True)
    if not summary["tried"]:
        yield finding("caveat", "Whether the arms are what their names say was not checked in this run.", True)
    yield from (finding("warning", text, True) for text in summary["caveats"])
    for arm, figures in summary["arms"].items():
        yield from _unserved(arm, figures["orders_undisturbed"])
        if figures["parked"]:
            yield finding("warning", f"{arm}: {count(figures['parked'], 'message')} lie parked in dead letters.", True)
    yield from _unfit(summary)


def _unfit(summary: Summary) -> Iterator[Finding]:
    """Why there is no verdict, or none to rely on."""
    failed = {check["id"]: check for check in summary["checks"] if not check["ok"]}
    spoiled = failed.pop("load_kept_up", None)
    if spoiled:
        yield finding("warning", f"The load was not what it says: {spoiled['detail']}. Do not use the figures.", True)
    reasons = [each for each in summary["refusals"] if not spoiled or each not in spoiled["detail"]]
    if reasons and len(summary["arms"]) > 1:
        yield finding("warning", f"NO VERDICT: the arms are not compared: {'; '.join(reasons)}.", True)
    if failed and not summary["refusals"]:
        what = ", ".join(name.replace("_", " ") for name in failed)
        yield finding("warning", f"A CHECK FAILED ({what}): no figure here is fit for a verdict.", True)


def checks(summary: Summary) -> Iterator[Finding]:
    failed = [check for check in summary["checks"] if not check["ok"]]
    for check in failed:
        where = f" in {check['arm']}" if check.get("arm") else ""
        yield finding("checks", f"VIOLATED{where}: {check['id']}. {check['detail']}", True)
    if not failed:
        accepted = [figures["orders_of_the_run"]["accepted"] for figures in summary["arms"].values()]
        share = bound_percent(min(accepted, default=0))
        whose = "each arm's orders" if len(accepted) > 1 else "orders"
        bound = f", which bounds violations of the kinds checked (95 % confidence) below {share} of {whose}"
        held = sum(1 for check in summary["checks"] if check["looked_at"])
        idle = len(summary["checks"]) - held
        beside = f" ({idle} more had nothing to look at)" if idle else ""
        orders = count(sum(accepted), "accepted order")
        text = f"All {held} checks held{beside} over {orders}: none violated{bound if share else ''}."
        yield finding("checks", text, True)
    unrested = [arm for arm, figures in summary["arms"].items() if not figures["at_rest"]]
    if unrested:
        text = f"{' and '.join(unrested)}: only what must hold at any time was checked; sums and rest were not."
        yield finding("caveat", text, True)


def bound_percent(orders: int) -> str:
    """The share that violations may have when none was seen, in two figures, rounded up: a bound may not shrink."""
    if not orders:
        return ""
    share = 100 * RULE_OF_THREE / orders
    scale = 10.0 ** (1 - math.floor(math.log10(share)))
    return f"{math.ceil(share * scale - 1e-9) / scale:g} %"


def _unserved(arm: str, orders: dict[str, int]) -> Iterator[Finding]:
    """Good orders that were not served though nothing was broken: no 202, or given up at the deadline."""
    seen = {
        "refused by failure (no 202)": orders["failed"],
        "given up at the deadline": orders["cancelled_by_deadline"],
    }
    parts = [f"{number:,} {words}" for words, number in seen.items() if number]
    if parts:
        total = count(orders["accepted"] + orders["failed"], "order")
        text = f"{arm}, where nothing was broken: of {total}, {' and '.join(parts)}."
        yield finding("warning", text, True)
