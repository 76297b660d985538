"""A sequence diagram for a terminal: lifelines as columns, an arrow a line or two, what was done in brackets."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from benchmarks.flow import COLOURS
from benchmarks.traces.diagram import Arrow, Gap, Note, Row, span_of_time
from benchmarks.traces.story import Story

TIME, LANE_MIN, LANE_MAX = 9, 8, 18
BACK = "magenta"
LIFE, SHAFT, REPLY = (
    "\N{BOX DRAWINGS LIGHT VERTICAL}",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}",
    "\N{BOX DRAWINGS LIGHT TRIPLE DASH HORIZONTAL}",
)
RIGHT, LEFT, CROSS = "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}", "\N{BLACK LEFT-POINTING SMALL TRIANGLE}", "\N{BALLOT X}"

Cells = list[tuple[str, str]]  # a letter and its style


class Sequence:
    """Renders to the width that there is."""

    _width = TIME + LANE_MIN
    _x: Mapping[str, int] = {}  # lifeline -> its column

    def __init__(self, story: Story) -> None:
        self._story = story
        self._diagram = story.diagram
        self._colour = COLOURS.get(story.journey.pattern, "default")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = self._diagram.lifelines
        lane = min(LANE_MAX, max(LANE_MIN, (options.max_width - TIME) // max(1, len(names))))
        self._width = max(TIME + lane * len(names), TIME + LANE_MIN)
        self._x = {name: TIME + lane * number + lane // 2 for number, name in enumerate(names)}
        story = self._story
        yield Text(story.arm, f"bold {self._colour}")
        yield Text.assemble((story.ending, "bold"), (f"  {', '.join(story.remarks)}", "yellow"))
        yield Text(story.journey.order_id, "dim")
        yield self._names(lane)
        for row in self._diagram.rows:
            yield from self._row(row)
        if self._diagram.more:
            yield Text(f"and {self._diagram.more} more rows", "dim")

    def _names(self, lane: int) -> Text:
        cells: Cells = [(" ", "")] * self._width
        self._put(cells, TIME - 3, "ms", "dim")
        for name, x in self._x.items():
            short = name if len(name) < lane else f"{name[: lane - 2]}\N{HORIZONTAL ELLIPSIS}"
            self._put(cells, x - len(short) // 2, short, "bold")
        return Text.assemble(*cells)

    def _lives(self) -> Cells:
        cells: Cells = [(" ", "")] * self._width
        for x in self._x.values():
            cells[x] = (LIFE, "dim")
        return cells

    def _row(self, row: Row) -> list[Text]:
        if isinstance(row, Gap):
            cells = self._lives()
            self._put(cells, TIME + 1, f" {span_of_time(row.long_ns)} later ", "dim italic")
            return [Text.assemble(*cells)]
        lines = self._arrow(row) if isinstance(row, Arrow) else [self._note(row)]
        self._put(lines[-1], 0, f"{self._story.journey.ms(row.at_ns):>{TIME - 2},.1f}", "dim")
        return [Text.assemble(*cells) for cells in lines]

    def _arrow(self, row: Arrow) -> list[Cells]:
        start = self._x[row.sender]
        end = self._x[row.receiver] if row.receiver and row.receiver != row.sender else min(self._width - 1, start + 7)
        style = "red" if row.failed else BACK if row.back else self._colour
        words = ", ".join(part for part in (row.label, row.failed, row.more) if part)
        low, high, cells = min(start, end) + 1, max(start, end), self._lives()
        for at in range(low, high):
            cells[at] = (REPLY if row.reply else SHAFT, style)
        tip = CROSS if row.failed else RIGHT if end > start else LEFT
        cells[high - 1 if end > start else low] = (tip, style)
        inside = high - low - 4
        if len(words) <= inside:
            self._put(cells, low + 2 + (inside - len(words)) // 2, f" {words} "[: inside + 2], style)
            return [cells]
        above = self._lives()
        self._put(above, max(TIME, min(low, self._width - len(words))), words, style)
        return [above, cells]

    def _note(self, row: Note) -> Cells:
        cells = self._lives()
        tone = {"no": "red", "bad": "bold red", "idle": "dim"}.get(row.tone, BACK if row.back else self._colour)
        words = f"[{row.text}]"
        x = self._x[row.lifeline] - len(words) // 2
        self._put(cells, max(TIME, min(x, self._width - len(words))), words, f"{tone} bold")
        return cells

    def _put(self, cells: Cells, at: int, words: str, style: str) -> None:
        for place, letter in enumerate(words, max(0, at)):
            if place < len(cells):
                cells[place] = (letter, style)
