"""A waterfall for a terminal: a line for each hop, its bar made of blocks, and another where something was odd."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from benchmarks.flow import COLOURS
from benchmarks.traces.hop import Hop, Role
from benchmarks.traces.story import Story

BAR_MIN, DONE, INDENTS = 12, 8, 10
LABELS_SHARE = 0.45  # of the width: the end of a label is the event, which its row can do without
BLOCKS: tuple[tuple[Role, str], ...] = (
    ("leads", "\N{BOX DRAWINGS LIGHT QUADRUPLE DASH HORIZONTAL}"),
    ("asks", "\N{LIGHT SHADE}"),
    ("works", "\N{MEDIUM SHADE}"),
    ("sends", "\N{BLACK SMALL SQUARE}"),
    ("hears", "\N{BLACK SMALL SQUARE}"),
    ("commits", "\N{FULL BLOCK}"),
    ("aside", "\N{BALLOT X}"),
)
TRANSIT, FOLD = "\N{BOX DRAWINGS LIGHT TRIPLE DASH HORIZONTAL}", "\N{LIGHT VERTICAL BAR}"
VAIN = "\N{MULTIPLICATION SIGN}"
BACK = "magenta"
SIGNS = {"transit": TRANSIT, "failed": VAIN, "fold": f"{FOLD} {FOLD}"} | dict[str, str](BLOCKS)
LEGEND = {
    "asks": "waits",
    "works": "has it in hand",
    "commits": "commits",
    "sends": "is sent or heard",
    "leads": "job in hand",
    "aside": "set aside",
    "transit": "on its way",
    "failed": "in vain",
    "fold": "quiet, folded",
}

Cells = list[tuple[str, str]]  # a letter and its style


def legend(stories: Iterable[Story]) -> str:
    """What is what, as far as it occurs."""
    there = {"sends" if sign == "hears" else sign for story in stories for sign in story.drawn}
    return "   ".join(f"{SIGNS[sign]} {words}" for sign, words in LEGEND.items() if sign in there)


class Waterfall:
    """Renders to the width that there is."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._colour = COLOURS.get(story.journey.pattern, "default")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        story, width = self._story, options.max_width
        labels = [self._label(hop) for hop in story.hops]
        label = min(max(cell_len(each.plain) for each in labels), int(width * LABELS_SHARE))
        bar = max(BAR_MIN, width - label - DONE - 3)
        yield Text(story.arm, f"bold {self._colour}")
        remarks = [*story.remarks, *(["not on the scale of the others"] if story.apart else [])]
        yield Text.assemble((story.ending, "bold"), (f"  {', '.join(remarks)}", "yellow"))
        yield Text.assemble(
            (f"{story.journey.order_id:<{label}.{label}} ", "dim"), self._axis(bar), ("      ms", "dim")
        )
        for hop, words in zip(story.hops, labels, strict=True):
            words.truncate(label, overflow="ellipsis", pad=True)
            yield Text.assemble(words, " ", self._bar(hop, bar), f" {story.journey.ms(hop.end_ns):>{DONE},.1f}")
            if odd := ", ".join(part for part in (*hop.remarks(), hop.failed) if part):
                yield self._beneath(hop, odd, width)
        yield Text(" ".join(filter(None, (story.left_out, story.sentence))), "dim")

    def _beneath(self, hop: Hop, words: str, width: int) -> Text:
        told = Text(f"{self._indent(hop)}  {words}", "red" if hop.failed else "yellow")
        told.truncate(width, overflow="ellipsis")
        return told

    def _indent(self, hop: Hop) -> str:
        deepest = max(each.depth for each in self._story.hops)
        return " " * round(hop.depth * min(1.0, INDENTS / max(1, deepest)))

    def _label(self, hop: Hop) -> Text:
        many = len(self._story.processes.get(hop.doer, ())) > 1
        who = "/".join(hop.processes) if many and hop.processes else hop.doer or "nobody known"
        event = f" \N{BLACK RIGHT-POINTING SMALL TRIANGLE} {hop.event}" if hop.event else ""
        style = BACK if hop.back else ""
        return Text.assemble(self._indent(hop), (who, f"bold {style}"), (f" {hop.does}", style), (event, "dim"))

    def _axis(self, width: int) -> Text:
        """Where it begins and ends; folds are drawn through."""
        axis, cells = self._story.axis, self._blank(width)
        text = f"{(axis.end_ns - axis.start_ns) / 1e6:,.0f}"
        for place, letter in ((0, "0"), *enumerate(text, width - len(text))):
            cells[place] = (letter, "dim")
        return _joined(cells)

    def _blank(self, width: int) -> Cells:
        cells: Cells = [(" ", "")] * width
        for start, end in self._story.axis.folds:
            for at in range(self._at(start, width), self._at(end, width)):
                cells[at] = (FOLD, "dim") if at in (self._at(start, width), self._at(end, width) - 1) else (" ", "dim")
        return cells

    def _bar(self, hop: Hop, width: int) -> Text:
        cells = self._blank(width)
        style = BACK if hop.back else self._colour
        begun = hop.having("works", "leads")
        sent = hop.having("sends")
        sent_ns = sent[0].start_ns if sent else hop.sent_ns
        if sent_ns is not None:
            until = begun[0].start_ns if begun else hop.start_ns
            self._fill(cells, sent_ns, until, TRANSIT, f"dim {style}")
        for role, block in BLOCKS:
            for span in hop.having(role):
                failed = span.error is not None
                letter = VAIN if failed else block
                self._fill(cells, span.start_ns, hop.until_ns(span), letter, "red" if failed else style)
        return _joined(cells)

    def _fill(self, cells: Cells, start_ns: int, end_ns: int, letter: str, style: str) -> None:
        first = self._at(start_ns, len(cells))
        for at in range(first, max(first + 1, self._at(end_ns, len(cells)))):
            cells[at] = (letter, style)

    def _at(self, moment_ns: int, width: int) -> int:
        return min(width - 1, int(self._story.axis.share(moment_ns) * width))


def _joined(cells: Cells) -> Text:
    return Text.assemble(*cells)
