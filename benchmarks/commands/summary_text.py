"""A run's summary on a terminal: arm beside arm with the difference and its doubt, the findings in words, the paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.commands.conditions_text import conditions

Summary = Mapping[str, Any]
Arm = Mapping[str, Any]

LATENCIES = (
    ("closed", "p50", "closed, half of them within"),
    ("closed", "p99", "closed, 99 of 100 within"),
    ("decided", "p50", "decided, half within"),
    ("accepted", "p50", "accepted, half within"),
)
COSTS = (
    ("cpu_ms_per_order", "processor per order", "ms", 2),
    ("messages_per_order", "messages per order", "", 1),
    ("bytes_per_order", "bytes in them", "", 0),
    ("journal_writes_per_order", "journal writes per order", "", 1),
    ("memory_mib", "memory of all processes", "MiB", 0),
)
WIDE = 100  # columns
FEW = 2  # arms that stand side by side with their difference
LABEL, COLUMN = 28, 16  # columns of a table of many arms: five of them fit in 110


def drawn(summary: Summary, width: int) -> RenderableType:
    """Table and findings, for a terminal so many columns wide."""
    tables = [table(summary, wide=width >= WIDE)]
    if len(summary["arms"]) > FEW:
        tables = [table(part, wide=False) for part in _parts(summary, width)]
    return Group(*tables, conditions(summary, width), Text(), findings(summary))


def _parts(summary: Summary, width: int) -> Iterator[Summary]:
    """The summary with as many of its arms as there is room for, then the next ones."""
    arms, at_a_time = list(summary["arms"]), max(1, (width - LABEL) // COLUMN)
    for first in range(0, len(arms), at_a_time):
        yield {**summary, "arms": {arm: summary["arms"][arm] for arm in arms[first : first + at_a_time]}, "many": True}


def table(summary: Summary, wide: bool) -> Table:
    """Measures down, arms across, and the difference: beside them where there is room, else in a line below.

    Of more than two arms no difference is shown here: which two of them would it be?
    """
    arms, many = summary["arms"], bool(summary.get("many"))
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("", no_wrap=not many, width=LABEL if many else None)
    for arm in arms:
        rows.add_column(_heading(arm) if many else screen.heading(arm), justify="right", no_wrap=True)
    if len(arms) == FEW and wide:
        rows.add_column("difference, 95 %", justify="right")
    for cells in (*_orders(arms, many), *_latencies(summary), *_costs(summary), *_blasts(summary, many)):
        rows.add_row(*cells[: len(rows.columns)])
        if len(arms) == FEW and not many and not wide and cells[-1]:
            rows.add_row("  [dim]difference, 95 %[/]", "", cells[-1])
    return rows


def _heading(arm: str) -> str:
    """Pattern and transport in two lines: a column of many is narrow."""
    return "\n".join(f"[bold {screen.colour(arm)}]{part}[/]" for part in arm.split("-", 1))


def _orders(arms: Mapping[str, Arm], many: bool) -> list[tuple[str, ...]]:
    def cells(what: str, *names: str) -> tuple[str, ...]:
        counts = (arm.get("orders_of_the_run", arm["orders"]) for arm in arms.values())
        return (what, *(", ".join(screen.number(each[name]) for name in names) for each in counts), "")

    ended = ("completed", "cancelled", "failed", "open")
    parts = (ended[:2], ended[2:]) if many else (ended,)
    return [cells("orders sent", "sent"), *(cells(", ".join(part), *part) for part in parts)]


def _latencies(summary: Summary) -> list[tuple[str, ...]]:
    return [
        (
            what,
            *(_ms(arm["latency_ms"][clock][share]) for arm in summary["arms"].values()),
            _difference(summary, f"{clock}_ms_{share}"),
        )
        for clock, share, what in LATENCIES
    ]


def _costs(summary: Summary) -> list[tuple[str, ...]]:
    return [
        (
            what,
            *(_with(arm["cost"].get(name), digits, unit) for arm in summary["arms"].values()),
            _difference(summary, name),
        )
        for name, what, unit, digits in COSTS
    ]


def _blasts(summary: Summary, many: bool) -> list[tuple[str, ...]]:
    """Whom each fault harmed. Of many arms the orders due while it lasted: these alone are the same in every arm."""
    faults = list(dict.fromkeys((blast["fault"], blast["target"]) for blast in summary["blast_radius"]))
    rows: list[tuple[str, ...]] = []
    for fault, target in faults:
        of_arm = {
            blast["arm"]: blast
            for blast in summary["blast_radius"]
            if (blast["fault"], blast["target"]) == (fault, target)
        }
        seen = [of_arm.get(arm) for arm in summary["arms"]]
        if many:
            rows.append((f"{fault} {target}: harmed", *(_meanwhile(blast, "harmed") for blast in seen), ""))
            rows.append(("of those due meanwhile", *(_meanwhile(blast, "exposed") for blast in seen), ""))
        else:
            rows.append((f"{fault} {target}: harmed of exposed", *(_harmed(blast) for blast in seen), ""))
        rows.append(("all well again after", *(_recovery(blast) for blast in seen), ""))
    return rows


def _harmed(blast: Mapping[str, Any] | None) -> str:
    return "–" if blast is None else f"{blast['harmed']:,} of {blast['exposed']:,}"


def _meanwhile(blast: Mapping[str, Any] | None, what: str) -> str:
    return screen.number(None if blast is None else blast["by_exposure"]["during"][what])


def _recovery(blast: Mapping[str, Any] | None) -> str:
    return "–" if blast is None or blast["recovery_s"] is None else f"{blast['recovery_s']:.1f} s"


def _difference(summary: Summary, measure: str) -> str:
    """What a - b is, or that none is shown; nothing for what is not compared."""
    found = next((row for row in summary["comparisons"] if row["measure"] == measure), None)
    if found is None or found["difference"] is None:
        return ""
    interval = "" if found["interval"] is None else " [{:+.1f}, {:+.1f}]".format(*found["interval"])
    told = f"{found['difference']:+.1f}{interval}"
    shown = found["verdict"] not in ("no difference shown",) and not found["verdict"].startswith("no verdict")
    return told if shown else f"[dim]{told}[/]"


def _ms(value: float | None) -> str:
    return _with(value, 1, "ms")


def _with(value: float | None, digits: int, unit: str) -> str:
    return "–" if value is None else f"{value:,.{digits}f} {unit}".strip()


def findings(summary: Summary) -> RenderableType:
    """The headline, a bullet each; then which to choose, and how far that carries."""
    rows = Table.grid(padding=(0, 1))
    for sentence in summary.get("headline") or ():
        rows.add_row("•", Text(str(sentence)))
    choosing = summary.get("choosing")
    if not choosing:
        return rows
    advice = [f"No advice: {choosing['withheld']}."] if choosing["withheld"] else choosing["choose"]
    for title, sentences in (("Which to choose", advice), ("How far this carries", choosing["carries"])):
        rows.add_row("", "")
        rows.add_row("", Text(title, "bold"))
        for sentence in sentences:
            rows.add_row("•", Text(sentence.replace("`", "")))
    return rows


def checks(summary: Summary) -> RenderableType:
    """Every check, with how many orders each arm's looked at; what failed is told in full. Of many arms one a line."""
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for check in summary["checks"]:
        by_id.setdefault(check["id"], []).append(check)
    lines = [_check(name, found) for name, found in by_id.items()]
    rows = Table.grid(padding=(0, 3))
    many = len(summary["arms"]) > FEW
    height = len(lines) if many else (len(lines) + 1) // 2
    for number in range(height):
        rows.add_row(*(Text.from_markup(line) for line in lines[number::height]))
    failed = [check for check in summary["checks"] if not check["ok"]]
    arms = "looked at in " + " · ".join(screen.heading(arm) for arm in summary["arms"])
    return Group(Text.from_markup(arms), rows, *(Text(f"{each['id']}: {each['detail']}", "red") for each in failed))


def _check(name: str, found: list[Mapping[str, Any]]) -> str:
    looked_at = " · ".join(screen.number(check["looked_at"]) for check in found)
    held = all(check["ok"] for check in found)
    idle = held and not any(check["looked_at"] for check in found)  # nobody looked at anything: no pass
    return f"{screen.mark(None if idle else held)} {name.replace('_', ' '):<19} [dim]{looked_at}[/]"


def where(folder: Path, page: Path) -> RenderableType:
    """Where everything lies."""
    return Text(f"\nreport   {page}\nsummary  {folder / 'summary.json'}")
