"""What the three views say of the arms, in sentences made by rule; arms of which the same is true together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from benchmarks.coupling.needs import CLOCKS
from benchmarks.coupling.plan import REDIS, everybody
from benchmarks.coupling.words import count, listed, of_arms


def outages(views: Mapping[str, Any]) -> Iterator[str]:
    """While somebody is away: a sentence for each, those whose absence means the same together."""
    absent: dict[str, list[str]] = {}
    for away in everybody(list(views)):
        absent.setdefault(_while(views, away), []).append(away)
    for said, those in absent.items():
        if said:
            yield f"While {listed(those, 'or')} is away: {said}."
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
            beside = f", {count(given_up, 'order')} given up at the deadline" if given_up else ""
            told.append(f"{arm} {times[worst]:.1f} s ({worst}{beside})")
    if told:
        yield f"After each return, the slowest until all that had been taken in was closed: {'; '.join(told)}."


def _of_arms(arms: Sequence[str], fare: str, views: Mapping[str, Any]) -> str:
    """The sentence's verbs in the number of the arms."""
    for verb in CLOCKS:
        fare = fare if len(arms) > 1 else fare.replace(verb, f"{verb}s")
    return f"{of_arms(arms, views)} {fare}"


def _fare(served: Mapping[str, Mapping[str, Any]]) -> str:
    """`accept all, decide and close none`, with shares where it is neither."""
    amounts = groupby(CLOCKS, key=lambda clock: _amount(served[clock]))
    return ", ".join(f"{listed(list(clocks))} {amount}" for amount, clocks in amounts)


def _amount(cell: Mapping[str, Any]) -> str:
    if cell["share"] is None:
        return "nobody knows how many"
    if cell["got"] in (0, cell["due"]):
        return "all" if cell["got"] else "none"
    return f"{cell['share']:.0%}"


def code(views: Mapping[str, Any]) -> Iterator[str]:
    """What the code names, and where the flow stands; arms of which the same is true together."""
    alike: dict[str, list[str]] = {}
    for arm, view in views.items():
        if (static := view["static"])["unknown"] is None:
            entries = sum(len(each["operations"]) for each in static["flow"])
            files = count(len(static["flow"]), "file")
            flow = f"what is done when stands in {files}, {count(entries, 'entry', 'entries')} in all"
            said = f"{_naming(static['measures'])}; {_addresses(static)}; {flow}"
            alike.setdefault(said, []).append(arm)
    for said, arms in alike.items():
        yield f"In the code of {of_arms(arms, views)}, {said}."


def _naming(measures: Mapping[str, Any]) -> str:
    """Components that name as many others together, those that name most first."""
    counts: dict[int, list[str]] = {}
    for name, each in measures.items():
        counts.setdefault(each["contracts"]["ce"], []).append(name)
    told = []
    for number, names in sorted(counts.items(), reverse=True):
        several = len(names) > 1
        whom = f"contracts of {count(number, 'other')}{' each' if several else ''}" if number else "nobody"
        told.append(f"{listed(names)} {'name' if several else 'names'} {whom}")
    return ", and ".join(told)


def _addresses(static: Mapping[str, Any]) -> str:
    number = sum(each["addresses"]["ce"] for each in static["measures"].values())
    if not number:
        return "nobody is given an address"
    chosen = any(each["kind"] == "address" for each in static["dependencies"])
    how = "used by name" if chosen else "handed over and named in no code"
    return f"{count(number, 'address is', 'addresses are')} {how}"


def work(views: Mapping[str, Any]) -> Iterator[str]:
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
