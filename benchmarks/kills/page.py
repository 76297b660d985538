"""A kill test on a terminal: how far it is and for how long yet, on stderr; what came of it, on stdout."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.kills.campaign import Campaign
from benchmarks.kills.plan import RATE
from benchmarks.kills.records import Totals
from benchmarks.statistics import Sample, quantile

SAY_EVERY_S = 15.0
SENTENCE_MAX = 400  # characters of a complaint; the records have all of it
CONFIDENCE_FACTOR = 3.0  # the rule of three: 0 in N bounds a rate below 3/N with 95 % confidence
LEGEND = (
    "Kills: with orders in flight; idle: with none, so they do not count. In flight: at the kills; expired: of those."
    " Double: charged twice; extra: in the stores, and held by no customer."
    " Seconds, p50 / max. Recovery: from the kill until every process is ready and all that was"
    " in flight is closed. Moving on: from the restart to the first closing of what customers held, and to the last."
)
ALWAYS = (
    "Redis ran with appendfsync always: under everysec a killed server may lose what it has acknowledged,"
    " while a slow disk still syncs."
)


class Watcher:
    """Shows how the campaigns come along: a bar each for a person, a plain line now and then for everybody else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (TextColumn("{task.description}"), BarColumn(24), TextColumn("{task.fields[stand]}"))
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._began = self._said = time.monotonic()
        self._before: dict[str, int] = {}
        self._campaigns: dict[str, Campaign] = {}
        self._tasks: dict[str, TaskID] = {}

    def begin(self, campaigns: Sequence[Campaign]) -> None:
        """These are about to start, or to go on."""
        self._campaigns = {campaign.arm: campaign for campaign in campaigns}
        self._before = {campaign.arm: campaign.killed for campaign in campaigns}
        self._began = time.monotonic()
        for campaign in campaigns:
            total, done = campaign.share.kills, campaign.killed
            task = self._progress.add_task(screen.heading(campaign.arm), total=total, completed=done, stand="starting")
            self._tasks[campaign.arm] = task
        self._progress.start()

    def end(self) -> None:
        """The bars go."""
        self._progress.stop()

    def hear(self, arm: str) -> None:
        """Something came of the arm: a kill survived, or an audit."""
        campaign = self._campaigns[arm]
        stand = f"{campaign.killed} of {campaign.share.kills} kills, {self._left(campaign)}"
        self._progress.update(self._tasks[arm], completed=campaign.killed, stand=stand)
        if not self._console.is_terminal and time.monotonic() - self._said >= SAY_EVERY_S:
            self._said = time.monotonic()
            screen.say(self._in_all())

    def _in_all(self) -> str:
        campaigns = self._campaigns.values()
        kills = sum(campaign.killed for campaign in campaigns)
        asked = sum(campaign.share.kills for campaign in campaigns)
        orders = sum(campaign.totals.accepted for campaign in campaigns)
        bad = "" if all(campaign.totals.ok for campaign in campaigns) else "; VIOLATED"
        slowest = max(campaigns, key=lambda campaign: self._left_s(campaign) or 0.0)
        return f"  {kills} of {asked} kills, {orders:,} orders audited{bad}; {self._left(slowest)}"

    def _left(self, campaign: Campaign) -> str:
        if not campaign.totals.ok:
            return "stopped: something is violated"
        left_s = self._left_s(campaign)
        return "time left unknown yet" if left_s is None else f"about {left_s / 60:.1f} min left"

    def _left_s(self, campaign: Campaign) -> float | None:
        """By the kills so far; at least as long as the orders need that are still to come."""
        done, left = campaign.killed - self._before[campaign.arm], campaign.left
        if not done and left.kills:
            return None
        each_s = (time.monotonic() - self._began) / done if done else 0.0
        return max(each_s * left.kills, left.orders / RATE)


def told(totals: Mapping[str, Totals], machine: Mapping[str, Any], date: str) -> RenderableType:
    """The table, what was looked at, what may be concluded, where and when."""
    lines: list[RenderableType] = [_counts(totals), Text(), _times(totals), Text(LEGEND, "dim"), Text()]
    lines.append(Text(_killed(totals.values())))
    for arm, each in totals.items():
        lines += [
            Text(f"✗ {arm}: {sentence[:SENTENCE_MAX]}", "bold red")
            for row in each.rounds
            for sentence in row["complaints"]
        ]
        lines += [Text(f"✗ {arm}: {sentence}", "bold red") for sentence in each.overdue()]
        lines += [Text(f"  {arm}: {sentence}", "yellow") for sentence in _asides(each)]
    lines += [Text(_invariants(totals.values())), Text(_bound(totals.values()), "bold"), Text(ALWAYS, "dim")]
    cpu = f"{machine['cpu'] or machine['architecture']}, {machine['cores']} cores, {machine['memory_mib']:,} MiB"
    lines.append(Text(f"{cpu}, {machine['system']}; {date}", "dim"))
    return Group(*lines)


def _counts(totals: Mapping[str, Totals]) -> Table:
    table = _table("kills", "idle", "orders", "in flight", "expired", "lost", "double", "extra", "open")
    for arm, each in totals.items():
        kills = [each.kills.total(), each.idle.total()]
        counts = [*kills, each.accepted, each.in_flight, each.count("expired")]
        harmed = [Text(str(count), "bold red" if count else "green") for count in map(each.count, HARMS)]
        table.add_row(screen.heading(arm), *(f"{count:,}" for count in counts), *harmed)
    return table


def _times(totals: Mapping[str, Totals]) -> Table:
    table = _table("recovery", "first moves on", "all moved on")
    for arm, each in totals.items():
        names = ("recovery_s", "first_s", "all_s")
        table.add_row(screen.heading(arm), *(_p50_max(each.recoveries(), name) for name in names))
    return table


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("arm", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


HARMS = ("lost", "doubled", "extra", "open")


def _p50_max(kills: Iterable[Mapping[str, Any]], name: str) -> str:
    known = [float(kill[name]) for kill in kills if kill[name] is not None]
    return f"{quantile(Sample(known), 0.5):.2f} / {max(known):.2f}" if known else "–"


def _asides(totals: Totals) -> Iterable[str]:
    """What is no violation, and worth a look."""
    for name, what in (("parked", "messages are in the dead letters"), ("unsure", "customers never got an answer")):
        count = max((int(row[name]) for row in totals.rounds), default=0)
        if count:
            yield f"{count} {what}"


def _killed(totals: Iterable[Totals]) -> str:
    kills = sum((each.kills for each in totals), Counter[str]())
    return "Killed: " + ", ".join(f"{process} {count}" for process, count in kills.most_common())


def _invariants(totals: Iterable[Totals]) -> str:
    held: dict[str, int] = {}
    rounds = 0
    for each in totals:
        rounds += len(each.rounds)
        for name, count in each.held.items():
            held[name] = held.get(name, 0) + count
    never = sorted(name for name, count in held.items() if not count)
    blind = f"; never had anything to look at, or never held: {', '.join(never)}" if never else ""
    return f"{len(held)} invariants at rest, {rounds} audits{blind}."


def _bound(totals: Iterable[Totals]) -> str:
    totals = list(totals)
    kills, flying = sum(each.kills.total() for each in totals), sum(each.in_flight for each in totals)
    failures = sum(each.count(name) for each in totals for name in HARMS)
    seen = f"{failures:,} failures in {flying:,} orders in flight at {kills:,} kills"
    if failures or not flying or not all(each.ok for each in totals):
        return f"{seen}."
    of_orders, of_kills = CONFIDENCE_FACTOR / flying, min(1.0, CONFIDENCE_FACTOR / kills)
    return f"{seen}: below {of_orders:.3%} of such orders and {of_kills:.2%} of such kills, with 95 % confidence (3/N)."
