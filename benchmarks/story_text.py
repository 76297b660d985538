"""Orders side by side on a terminal: what became true, and when, counted from the customer's 202."""

from __future__ import annotations

from collections.abc import Mapping

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.flow import COLOURS
from benchmarks.story import Story

COLUMN = 38  # with two columns between them, two arms fit in 80
TROUBLE = ("OutOfStock", "PaymentDeclined", "ShipmentRejected", "OrderExpired", "OrderCancelled")


def side_by_side(stories: Mapping[str, Story]) -> RenderableType:
    """A column for each arm: times in ms since accepted, services and events, and how it ended."""
    return Columns([_column(arm, story) for arm, story in stories.items()], padding=(0, 2), width=COLUMN)


def _column(arm: str, story: Story) -> RenderableType:
    colour = COLOURS.get(arm.partition("-")[0], "default")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=6)
    grid.add_column(no_wrap=True)
    for since_ms, who, what, style in sorted(_rows(story, colour), key=lambda row: row[0]):
        grid.add_row(f"{since_ms:.1f}", Text.assemble((f"{who:<12} ", "dim"), (what, style)))
    ending = f"{story.status}: {story.reason}" if story.reason else story.status
    title = Text.assemble((arm, f"bold {colour}"), f"\n{'ms':>6} ", ("service      event", "dim"))
    return Group(title, grid, Text.assemble((f"{'':>6} ", ""), (ending, "bold")))


def _rows(story: Story, colour: str) -> list[tuple[float, str, str, str]]:
    accepted_ms = story.accepted_ms or 0.0
    rows = [(0.0, "the customer", "has the 202", "bold")]
    for event in story.events:
        style = "red" if event["type"] in TROUBLE else colour
        rows.append((story.since_sent_ms(event["time"]) - accepted_ms, event["service"], event["type"], style))
    return rows
