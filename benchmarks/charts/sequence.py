"""An order as a sequence diagram: who told whom what, and what each then did. A long story gets taller, not denser.

Solid arrows tell or ask, dashed ones answer. A label on a lifeline is what that service did; a frame on it waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from benchmarks.charts.svg import line, picture, tag, text
from benchmarks.traces.diagram import Arrow, Diagram, Gap, Note, Row, span_of_time
from benchmarks.traces.story import Story

LANE_MIN, LEFT, RIGHT = 90, 58, 34
HEAD, NAMES, FOOT = 100, 72, 14
HEIGHT: dict[type[Row], int] = {Arrow: 31, Note: 25, Gap: 30}
LETTER, BOLD = 7.2, 8.2  # how wide letters are at most
NAME, NAME_BOLD, NAME_AIR = 6.9, 7.7, 10  # those of a lifeline's name, and the room around it
STUB = 46  # the length of an arrow to nobody known
TIP = 8
CLEAR = 8  # from a lifeline to a label
CONDUCTOR = ("orchestrator", "worker")


def width_of(diagrams: Iterable[Diagram]) -> int:
    """Wide enough for all of them, so that pictures side by side have letters of one size."""
    return LEFT + RIGHT + LANE_MIN * max((len(each.lifelines) for each in diagrams), default=1)


def sequence(story: Story, name: str, width: int = 0) -> str:
    """The picture. `width`: as `width_of` says for all that stand side by side; its own when 0."""
    lanes = _Lanes(story.diagram, width or width_of([story.diagram]))
    parts = [*_head(story, lanes), _bands(lanes), *_lifelines(lanes), *_ongoing(lanes)]
    parts += [_row(story, lanes, number) for number in range(len(lanes.rows))]
    if story.diagram.more:
        parts.append(text(LEFT, lanes.bottom + 10, f"and {story.diagram.more} more rows", "small"))
    inside = tag("g", "".join(parts), class_=f"story arm {story.journey.pattern}")
    size = (lanes.width, int(lanes.bottom + FOOT))
    return picture(name, f"One order in {story.arm} as a sequence diagram", _told(story), size, inside)


class _Lanes:
    """Where everything is."""

    def __init__(self, diagram: Diagram, width: int) -> None:
        self.width, self.rows, self.diagram = width, diagram.rows, diagram
        lane = (width - LEFT - RIGHT) / max(1, len(diagram.lifelines))
        self.x = {each: LEFT + lane * (number + 0.5) for number, each in enumerate(diagram.lifelines)}
        self.tops = [float(HEAD)]
        for row in diagram.rows:
            self.tops.append(self.tops[-1] + HEIGHT[type(row)])

        back = [number for number, row in enumerate(diagram.rows) if row.back]
        self.meanwhile = range(back[0], back[-1] + 1) if back else range(0)

    @property
    def bottom(self) -> float:
        return self.tops[-1]

    def y(self, number: int) -> float:
        """Where a row's arrow or note lies."""
        top, next_top = self.tops[number], self.tops[number + 1]
        return next_top - 8 if isinstance(self.rows[number], Arrow) else (top + next_top) / 2


def _head(story: Story, lanes: _Lanes) -> list[str]:
    parts = [text(10, 18, story.arm, "heading"), text(10, 36, story.ending, "strong")]
    parts += [text(10, 53, ", ".join(story.remarks), "small"), text(LEFT - 12, NAMES + 15, "ms", "small", "end")]
    for name, x in lanes.x.items():
        conducts = name in CONDUCTOR
        wide = len(name) * (NAME_BOLD if conducts else NAME) + NAME_AIR
        classes = "head lead" if conducts else "head"
        parts.append(tag("rect", x=x - wide / 2, y=NAMES, width=wide, height=22, rx=5, class_=classes))
        parts.append(text(x, NAMES + 15, name, "small on" if conducts else "small ink", "middle"))
    return parts


def _bands(lanes: _Lanes) -> str:
    """A shade behind the way back, whole: what happens meanwhile, as a late 202, stands on it too."""
    return "".join(
        tag("rect", x=0, y=lanes.tops[n], width=lanes.width, height=lanes.tops[n + 1] - lanes.tops[n], class_="undoing")
        for n in lanes.meanwhile
    )


def _lifelines(lanes: _Lanes) -> list[str]:
    return [line(x, NAMES + 22, x, lanes.bottom, "lifeline") for x in lanes.x.values()]


def _ongoing(lanes: _Lanes) -> list[str]:
    """Whoever waits, framed; whoever has it in hand, in colour on top of that."""
    drawn = []
    for each in sorted(lanes.diagram.ongoing, key=lambda ongoing: not ongoing.waits):
        top, bottom, x = lanes.y(each.first), lanes.y(each.last), lanes.x[each.lifeline]
        reach = 4.5 if each.waits else 3.5
        back = " back" if lanes.rows[each.first].back else ""
        classes = f"busy waits{back}" if each.waits else f"busy{back}"
        drawn.append(tag("rect", x=x - reach, y=top, width=2 * reach, height=bottom - top, class_=classes))
    return drawn


def _row(story: Story, lanes: _Lanes, number: int) -> str:
    row, y = lanes.rows[number], lanes.y(number)
    if isinstance(row, Gap):
        words = text(lanes.width / 2, y + 4, f"{span_of_time(row.long_ns)} later", "small says", "middle")
        return line(LEFT, y, lanes.width - RIGHT, y, "gap") + words
    time = text(LEFT - 12, y + 4, f"{story.journey.ms(row.at_ns):,.1f}", "small", "end")
    drawn = _arrow(lanes, row, y) if isinstance(row, Arrow) else _note(lanes, row, y)
    return tag(
        "g", time + drawn, class_="back undone" if row.back else "undone" if number in lanes.meanwhile else "row"
    )


def _arrow(lanes: _Lanes, row: Arrow, y: float) -> str:
    kind = " vain" if row.failed else " reply" if row.reply else ""
    start = lanes.x[row.sender]
    end = lanes.x[row.receiver] if row.receiver and row.receiver != row.sender else start + STUB
    way = 1 if end > start else -1
    tip = _cross(end - way * 10, y) if row.failed else _tip(end, y, way, kind)
    shaft = line(start, y, end - way * (10 if row.failed else TIP), y, f"arrow{kind}")
    return shaft + tip + _said(lanes, row, sorted((start, end)), y - 5, kind)


def _tip(end: float, y: float, way: int, kind: str) -> str:
    corners = [(end, y), (end - way * TIP, y - 4), (end - way * TIP, y + 4)]
    return tag("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners), class_=f"tip{kind}")


def _cross(x: float, y: float) -> str:
    lines = [line(x - 4, y - 4, x + 4, y + 4, "arrow vain"), line(x - 4, y + 4, x + 4, y - 4, "arrow vain")]
    return "".join(lines)


def _said(lanes: _Lanes, row: Arrow, between: list[float], y: float, kind: str) -> str:
    """The label above the arrow: in its middle where it has room, else from its left lifeline on."""
    words = ", ".join(part for part in (row.label, row.failed, row.more) if part)
    wide, (left, right) = len(words) * LETTER, between
    start = (left + right - wide) / 2 if wide < right - left - 2 * CLEAR else left + CLEAR
    return text(max(LEFT, min(start, lanes.width - 6 - wide)), y, words, f"says{kind}")


def _note(lanes: _Lanes, row: Note, y: float) -> str:
    wide = len(row.text) * BOLD + 14
    x = min(max(lanes.x[row.lifeline], LEFT + wide / 2), lanes.width - 4 - wide / 2)
    box = tag("rect", x=x - wide / 2, y=y - 10, width=wide, height=20, rx=10, class_=f"note {row.tone}")
    tone = {"yes": "said-yes", "no": "said-no", "bad": "said-no"}.get(row.tone, "label")
    return box + text(x, y + 4.5, row.text, tone, "middle")


def _told(story: Story) -> str:
    return f"{story.ending}. {escape('; '.join(_words(story, row) for row in story.diagram.rows))}."


def _words(story: Story, row: Row) -> str:
    if isinstance(row, Gap):
        return f"nothing for {span_of_time(row.long_ns)}"
    at = f"{story.journey.ms(row.at_ns):.1f} ms"
    if isinstance(row, Note):
        return f"{at}: {row.lifeline}: {row.text}"
    how = "answers" if row.reply else "tells"
    vain = f", in vain ({row.failed})" if row.failed else ""
    return f"{at}: {row.sender} {how} {row.receiver or 'nobody known'} {row.label}{vain}"
