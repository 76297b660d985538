"""What was found, in sentences made from the summary by rule. The outages first: they are what a customer meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from benchmarks.coupling.needs import CLOCKS
from benchmarks.coupling.plan import REDIS, everybody

PAST = {"accept": "accepted", "decide": "decided", "close": "closed"}
Summary = Mapping[str, Any]


def told(summary: Summary) -> list[dict[str, str]]:
    """`kind` (held, caveat, violated or plain), and `text`."""
    if summary["withheld"]:
        return [_row("violated", f"The verdict is withheld: {summary['withheld']}."), *_broken(summary)]
    views = summary["coupling"]["arms"]
    plain = [*outages(views), *_code(views), *_work(views)]
    return [
        *(_row("plain", each) for each in plain),
        *_broken(summary),
        _row("held" if not _otherwise(views) else "caveat", _as_expected(views)),
        _row("caveat", _doubt(summary)),
    ]


def outages(views: Mapping[str, Any]) -> Iterator[str]:
    """While somebody is away: a sentence for each, those whose absence means the same together."""
    absent: dict[str, list[str]] = {}
    for away in everybody(list(views)):
        absent.setdefault(_while(views, away), []).append(away)
    for said, those in absent.items():
        if said:
            yield f"While {_listed(those, 'or')} is away: {said}."
    if shared := _while(views, REDIS):
        yield f"While the Redis server is away, which all of an arm's services share: {shared}."


def _while(views: Mapping[str, Any], away: str) -> str:
    """How the arms fare without it, those that fare alike together; empty when none has been without it."""
    fares: dict[str, list[str]] = {}
    for arm, view in views.items():
        if (seen := view["temporal"]["away"].get(away)) is not None:
            fares.setdefault(_fare(seen["served"]), []).append(arm)
    return "; ".join(_of_arms(arms, fare) for fare, arms in fares.items())


def _of_arms(arms: Sequence[str], fare: str) -> str:
    """The sentence's verbs in the number of the arms."""
    for verb in CLOCKS:
        fare = fare if len(arms) > 1 else fare.replace(verb, f"{verb}s")
    return f"{_listed(arms)} {fare}"


def _fare(served: Mapping[str, Mapping[str, Any]]) -> str:
    """`accept all, decide and close none`, with shares where it is neither."""
    amounts = groupby(CLOCKS, key=lambda clock: _amount(served[clock]))
    return ", ".join(f"{_listed(list(clocks))} {amount}" for amount, clocks in amounts)


def _amount(cell: Mapping[str, Any]) -> str:
    if cell["share"] is None:
        return "nobody knows how many"
    if cell["got"] in (0, cell["due"]):
        return "all" if cell["got"] else "none"
    return f"{cell['share']:.0%}"


def _code(views: Mapping[str, Any]) -> Iterator[str]:
    """What the code names, and where the flow stands."""
    for arm, view in views.items():
        if (static := view["static"])["unknown"] is None:
            entries = sum(len(each["operations"]) for each in static["flow"])
            files = _count(len(static["flow"]), "file")
            flow = f"what is done when stands in {files}, {_count(entries, 'entry', 'entries')} in all"
            yield f"In the code of {arm}, {_naming(static['measures'])}; {_addresses(static)}; {flow}."


def _naming(measures: Mapping[str, Any]) -> str:
    """Components that name as many others together, those that name most first."""
    counts: dict[int, list[str]] = {}
    for name, each in measures.items():
        counts.setdefault(each["contracts"]["ce"], []).append(name)
    told = []
    for count, names in sorted(counts.items(), reverse=True):
        several = len(names) > 1
        whom = f"contracts of {_count(count, 'other')}{' each' if several else ''}" if count else "nobody"
        told.append(f"{_listed(names)} {'name' if several else 'names'} {whom}")
    return ", and ".join(told)


def _addresses(static: Mapping[str, Any]) -> str:
    count = sum(each["addresses"]["ce"] for each in static["measures"].values())
    if not count:
        return "nobody is given an address"
    chosen = any(each["kind"] == "address" for each in static["dependencies"])
    how = "used by name" if chosen else "handed over and named in no code"
    return f"{_count(count, 'address is', 'addresses are')} {how}"


def _work(views: Mapping[str, Any]) -> Iterator[str]:
    """Messages, who is in the middle of them, and how long somebody waits."""
    for arm, view in views.items():
        seen = view["runtime"]
        if seen["messages_per_order"] is not None and seen["blocking_share"]["p50"] is not None:
            sent = f"{arm} sends {seen['messages_per_order']:.1f} messages an order"
            touched = f"{seen['centre']['share']:.0%} of them touch {seen['centre']['component']}, the busiest"
            yield f"At work, {sent}; {touched}; {_waits(seen['blocking_share'], seen['sync_depth'])}."


def _waits(share: Mapping[str, Any], depth: Mapping[str, Any]) -> str:
    if not depth["max"]:
        return "nobody ever holds a request open for another"
    around = f"median of {share['count']} orders; {share['min']:.0%} to {share['max']:.0%}"
    held = f"for {share['p50']:.0%} of an order's time from accepted to closed ({around}) somebody holds a request open"
    return f"{held}, at most {depth['max']} deep"


def _as_expected(views: Mapping[str, Any]) -> str:
    cells = [cell for _, _, _, cell in _cells(views)]
    differ = _otherwise(views)
    said = f"{len(cells) - len(differ)} of {len(cells)} cells came out as the code lets one expect"
    return f"{said}; not so: {'; '.join(differ)}." if differ else f"{said}."


def _otherwise(views: Mapping[str, Any]) -> list[str]:
    return [
        f"{arm} without {away}: {cell['got']} of {cell['due']} orders {PAST[clock]}, expected {cell['expected']}"
        for arm, away, clock, cell in _cells(views)
        if not cell["as_expected"]
    ]


def _cells(views: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    for arm, view in views.items():
        for away, seen in view["temporal"]["away"].items():
            for clock in CLOCKS:
                if seen["served"][clock]["verdict"] is not None:
                    yield arm, away, clock, seen["served"][clock]


def _doubt(summary: Summary) -> str:
    views, size = summary["coupling"]["arms"], summary["coupling"]["size"]
    due = [cell["due"] for *_, cell in _cells(views)]
    orders = f"{min(due)} to {max(due)}" if due and min(due) != max(due) else f"{max(due, default=0)}"
    once = f"Each component was away once in each arm, for {size['away_s']:g} s at {size['rate']:g} orders a second"
    return (
        f"{once}: {orders} orders to be served in a cell. They share one outage's fate, so no share has an interval. "
        "An outage longer than an order's deadline would end them otherwise, and a second replica would take over."
    )


def _broken(summary: Summary) -> list[dict[str, str]]:
    wrong = [each for each in summary["checks"] if not each["ok"]]
    return [_row("violated", f"{each['id']}{_in(each.get('arm'))} does not hold: {each['detail']}.") for each in wrong]


def _in(arm: str | None) -> str:
    return f" in {arm}" if arm else ""


def _row(kind: str, text: str) -> dict[str, str]:
    return {"kind": kind, "text": text}


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _listed(names: Sequence[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
