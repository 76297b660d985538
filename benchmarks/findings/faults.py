"""What a fault did, told arm by arm: whom it harmed, and whether all was well again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.findings.words import Finding, Summary, count, finding

FEW = 2  # arms with a sentence each on the first screen
HARMS = {"late": "late", "refused": "refused by failure", "torn": "torn", "lost_or_open": "lost or still open"}


def blast(summary: Summary) -> Iterator[Finding]:
    many = len(summary["arms"]) > FEW
    if many and summary["blast_radius"]:
        yield finding("blast", _all_arms(summary["blast_radius"]), True)
    for blast in summary["blast_radius"]:
        kinds = ", ".join(f"{number:,} {HARMS[kind]}" for kind, number in blast["by_kind"].items() if number)
        text = (
            f"{blast['arm']}, {blast['target']} {_done(blast['fault'])} for {blast['fault_s']:.1f} s: "
            f"{blast['harmed']:,} of {count(blast['exposed'], 'exposed order')} harmed"
            f"{f' ({kinds})' if kinds else ''}; {_beside(blast)}. {_recovery(blast)}"
        )
        yield finding("blast", text, not many)
    if summary["blast_radius"]:
        faults = max(sum(b["arm"] == arm for b in summary["blast_radius"]) for arm in summary["arms"])
        often = "once" if faults == 1 else f"{faults} times"
        text = f"The fault was tried {often} in each arm: this says what happened, not what usually happens."
        yield finding("caveat", text, True)


def _all_arms(blasts: Sequence[Mapping[str, Any]]) -> str:
    """All arms in one sentence, where there are too many for a sentence each.

    Of the orders due while the fault lasted, for these are the same in every arm. Those exposed after it are not: an
    arm that is through its backlog sooner has fewer of them, and would look the worse for it.
    """
    first = blasts[0]
    told = "; ".join(
        f"{each['arm']} {each['by_exposure']['during']['harmed']:,} of {each['by_exposure']['during']['exposed']:,}"
        f"{f', well again {recovery:.1f} s after it' if (recovery := each['recovery_s']) is not None else ''}"
        for each in blasts
    )
    head = f"{first['target']} {_done(first['fault'])} for {first['fault_s']:.1f} s, harmed of the orders due meanwhile"
    return f"{head}: {told}."


def _done(fault: str) -> str:
    return {"kill": "killed", "pause": "paused", "stop": "stopped"}.get(fault, fault)


def _beside(blast: Mapping[str, Any]) -> str:
    control = blast["control"]
    if control is None:
        return "there is no fault-free control beside it"
    if control["exposed"] < blast["exposed"]:
        return f"without the fault {control['harmed']:,} of the {control['exposed']:,} of them that were asked"
    return f"of the same orders without the fault, {control['harmed']:,}"


def _recovery(blast: Mapping[str, Any]) -> str:
    if blast["not_seen"]:
        return f"Whether it heals by itself was not seen: {blast['not_seen']}."
    if blast["recovery_s"] is None:
        return "Not all of them were closed when the run ended: it did not heal by itself."
    if not blast["self_healed"]:
        return "It did not heal by itself."
    return f"The backlog was gone {blast['recovery_s']:.1f} s after the fault ended; nobody had to help."
