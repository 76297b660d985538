"""Orders side by side on a terminal: what became true, and when, counted from the customer's 202."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from rich import box
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from benchmarks.flow import COLOURS
from benchmarks.story import Story

COLUMN = 38  # with two columns between them, two arms fit in 80
FEW = 2  # arms that are told as two columns; of more, each event is named once
EVENT, ARM = 30, 16  # columns of the table of many: five arms fit in 110
TROUBLE = ("OutOfStock", "PaymentDeclined", "ShipmentRejected", "OrderExpired", "OrderCancelled")


def side_by_side(stories: Mapping[str, Story]) -> RenderableType:
    """A column for each arm: times in ms since accepted, services and events, and how it ended."""
    apart = Columns([_column(arm, story) for arm, story in stories.items()], padding=(0, 2), width=COLUMN)
    return _Fitting(_together(stories), apart, EVENT + ARM * len(stories)) if len(stories) > FEW else apart


@dataclass(frozen=True, slots=True)
class _Fitting:
    """The one where there is room for it, else the other."""

    wide: RenderableType
    narrow: RenderableType
    columns: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.wide if options.max_width >= self.columns else self.narrow


def _column(arm: str, story: Story) -> RenderableType:
    colour = _colour(arm)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=6)
    grid.add_column(no_wrap=True)
    for since_ms, who, what, style in sorted(_rows(story, colour), key=lambda row: row[0]):
        grid.add_row(f"{since_ms:.1f}", Text.assemble((f"{who:<12} ", "dim"), (what, style)))
    ending = f"{story.status}: {story.reason}" if story.reason else story.status
    title = Text.assemble((arm, f"bold {colour}"), f"\n{'ms':>6} ", ("service      event", "dim"))
    return Group(title, grid, Text.assemble((f"{'':>6} ", ""), (ending, "bold")))


def _together(stories: Mapping[str, Story]) -> Table:
    """Many arms: an event once, and beside it when it came in each arm. In the order of the middle of its times."""
    told = {arm: {(who, what): ms for ms, who, what, _ in _rows(story, "")} for arm, story in stories.items()}
    came: dict[tuple[str, str], list[float]] = {}
    for each in told.values():
        for event, ms in each.items():
            came.setdefault(event, []).append(ms)
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column(Text("ms since the 202", "dim"))
    for arm in stories:
        rows.add_column(Text("\n".join(arm.split("-", 1)), f"bold {_colour(arm)}"), justify="right", no_wrap=True)
    for who, what in sorted(came, key=lambda event: median(came[event])):
        times = (told[arm].get((who, what)) for arm in stories)
        name = Text.assemble((f"{who:<12} ", "dim"), (what, "red" if what in TROUBLE else ""))
        rows.add_row(name, *("\N{EN DASH}" if ms is None else f"{ms:.1f}" for ms in times))
    rows.add_row("", *(Text(story.reason or story.status, "bold") for story in stories.values()))
    return rows


def _colour(arm: str) -> str:
    return COLOURS.get(arm.partition("-")[0], "default")


def _rows(story: Story, colour: str) -> list[tuple[float, str, str, str]]:
    accepted_ms = story.accepted_ms or 0.0
    rows = [(0.0, "the customer", "has the 202", "bold")]
    for event in story.events:
        style = "red" if event["type"] in TROUBLE else colour
        rows.append((story.since_sent_ms(event["time"]) - accepted_ms, event["service"], event["type"], style))
    return rows
