"""What was found, in sentences made from the summary by rule. The outages first: they are what a customer meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from benchmarks.coupling.needs import CLOCKS
from benchmarks.coupling.plan import REDIS, everybody

PAST = {"accept": "accepted", "decide": "decided", "close": "closed"}
DETAIL_MAX = 120
Summary = Mapping[str, Any]


def told(summary: Summary) -> list[dict[str, str]]:
    """`kind` (held, caveat, violated or plain), and `text`."""
    if summary["withheld"]:
        return [_row("violated", f"The verdict is withheld: {summary['withheld']}."), *_broken(summary)]
    views = summary["coupling"]["arms"]
    plain = [*outages(views), *afterwards(views), *_work(views), *_code(views)]
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
    return "; ".join(_of_arms(arms, fare, views) for fare, arms in fares.items())


def afterwards(views: Mapping[str, Any]) -> Iterator[str]:
    """When all that was taken in was closed, arm by arm: the slowest return of each."""
    told = []
    for arm, view in views.items():
        after = {away: each["after"] for away, each in view["temporal"]["away"].items() if each["after"]}
        times = {away: each["all_closed_s"] for away, each in after.items() if each["all_closed_s"] is not None}
        if times:
            worst = max(times, key=lambda away: float(times[away]))
            given_up = sum(each["given_up"] for each in after.values())
            beside = f", {_count(given_up, 'order')} given up at the deadline" if given_up else ""
            told.append(f"{arm} {times[worst]:.1f} s ({worst}{beside})")
    if told:
        yield f"After each return, the slowest until all that had been taken in was closed: {'; '.join(told)}."


def _of_arms(arms: Sequence[str], fare: str, views: Mapping[str, Any]) -> str:
    """The sentence's verbs in the number of the arms."""
    for verb in CLOCKS:
        fare = fare if len(arms) > 1 else fare.replace(verb, f"{verb}s")
    return f"{_arms(arms, views)} {fare}"


def _arms(arms: Sequence[str], views: Mapping[str, Any]) -> str:
    """Their names; those that are all, or all of a pattern, by that."""
    if 1 < len(arms) == len(views):
        return "both arms" if len(arms) == 2 else f"all {len(arms)} arms"
    told = list(arms)
    for pattern in dict.fromkeys(arm.partition("-")[0] for arm in views):
        its = [arm for arm in views if arm.partition("-")[0] == pattern]
        if len(its) > 1 and set(its) <= set(told):
            told = [f"the {len(its)} arms of {pattern}", *(arm for arm in told if arm not in its)]
    return _listed(told)


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
    """What the code names, and where the flow stands; arms of which the same is true together."""
    alike: dict[str, list[str]] = {}
    for arm, view in views.items():
        if (static := view["static"])["unknown"] is None:
            entries = sum(len(each["operations"]) for each in static["flow"])
            files = _count(len(static["flow"]), "file")
            flow = f"what is done when stands in {files}, {_count(entries, 'entry', 'entries')} in all"
            said = f"{_naming(static['measures'])}; {_addresses(static)}; {flow}"
            alike.setdefault(said, []).append(arm)
    for said, arms in alike.items():
        yield f"In the code of {_arms(arms, views)}, {said}."


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
            yield f"At work, {sent}; {touched}; {_waits(seen)}."


def _waits(seen: Mapping[str, Any]) -> str:
    """How long, and for what: an answer, or that a posted event has been taken in."""
    share, deep = seen["blocking_share"], seen["sync_depth"]["max"]
    if not deep:
        return "nobody ever holds a request open for another"
    asks = any(each["blocking"] for each in seen["edges"])
    what = "somebody holds a request open" if asks else "a post of an event is held open until its hearer has acted"
    around = f"median of {share['count']} orders; {share['min']:.0%} to {share['max']:.0%}"
    return f"for {share['p50']:.0%} of an order's time from accepted to closed ({around}) {what}, at most {deep} deep"


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
    who = (
        "Who was away until the run was cut short was so"
        if summary["partial"]
        else "Each component was away in each arm"
    )
    once = f"{who} once, for {size['away_s']:g} s at {size['rate']:g} orders a second"
    return (
        f"{once}: {orders} orders to be served in a cell. They share one outage's fate, so no share has an interval. "
        "An outage longer than an order's deadline would end them otherwise, and a second replica would take over."
    )


def _broken(summary: Summary) -> list[dict[str, str]]:
    wrong = [each for each in summary["checks"] if not each["ok"]]
    told = (f"{each['id']}{_in(each.get('arm'))} does not hold: {_brief(each['detail'])}." for each in wrong)
    return [_row("violated", each) for each in told]


def _brief(detail: str) -> str:
    """What fits on a first screen; all of it stands among the checks."""
    return detail if len(detail) <= DETAIL_MAX else f"{detail[:DETAIL_MAX].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _in(arm: str | None) -> str:
    return f" in {arm}" if arm else ""


def _row(kind: str, text: str) -> dict[str, str]:
    return {"kind": kind, "text": text}


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _listed(names: Sequence[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
