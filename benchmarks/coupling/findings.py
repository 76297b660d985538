"""What was found, in sentences made from the summary by rule. The outages first: they are what a customer meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.coupling.away import kept_up
from benchmarks.coupling.needs import CLOCKS
from benchmarks.coupling.saying import afterwards, code, outages, work

PAST = {"accept": "accepted", "decide": "decided", "close": "closed"}
DETAIL_MAX = 120
Summary = Mapping[str, Any]


def told(summary: Summary) -> list[dict[str, str]]:
    """`kind` (held, caveat, violated or plain), and `text`."""
    if summary["withheld"]:
        return [_row("violated", f"The verdict is withheld: {summary['withheld']}."), *_broken(summary)]
    views = summary["coupling"]["arms"]
    steady = {arm: view for arm, view in views.items() if kept_up(view["temporal"]["nobody"])}
    plain = [*outages(steady), *afterwards(steady), *work(views), *code(views)]
    return [
        *_broken(summary),
        *(_row("plain", each) for each in plain),
        *_as_expected(steady),
        _row("caveat", _doubt(summary)),
    ]


def _as_expected(views: Mapping[str, Any]) -> list[dict[str, str]]:
    """Nothing where nobody was away."""
    cells = [cell for _, _, _, cell in _cells(views)]
    differ = _otherwise(views)
    if not cells:
        return []
    said = f"{len(cells) - len(differ)} of {len(cells)} cells came out as the code lets one expect"
    return [_row("caveat", f"{said}; not so: {'; '.join(differ)}.") if differ else _row("held", f"{said}.")]


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
