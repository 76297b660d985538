"""Orders' stories on a terminal: side by side where there is room, else one under the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from benchmarks.traces import sequence_text, waterfall_text
from benchmarks.traces.journey import Journey
from benchmarks.traces.story import Story, stories

WATERFALL_MIN, LANE_MIN = 70, 11  # columns that one needs to be read with ease


def beside(journeys: Sequence[Journey], sequence: bool) -> RenderableType:
    """All of them."""
    return _Beside(tuple(stories(journeys)), sequence)


@dataclass(frozen=True, slots=True)
class _Beside:
    stories: tuple[Story, ...]
    sequence: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width // len(self.stories) - 2
        drawn = [
            sequence_text.Sequence(each) if self.sequence else waterfall_text.Waterfall(each) for each in self.stories
        ]
        if len(drawn) > 1 and room >= max(self._needs(each) for each in self.stories):
            yield _columns(drawn, room)
        else:
            yield from _below(drawn)
        if not self.sequence:
            yield Text(waterfall_text.legend(self.stories), "dim")

    def _needs(self, story: Story) -> int:
        return sequence_text.TIME + LANE_MIN * len(story.diagram.lifelines) if self.sequence else WATERFALL_MIN


def _columns(drawn: Sequence[RenderableType], width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in drawn:
        grid.add_column(width=width)
    grid.add_row(*drawn)
    return grid


def _below(drawn: Iterable[RenderableType]) -> Iterable[RenderableType]:
    for each in drawn:
        yield each
        yield Text("")
