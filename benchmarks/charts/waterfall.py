"""An order as a waterfall: a row for each hop, indented by what led to it, its spans along time.

Outlined: somebody waits for an answer. Pale: somebody has it in hand. Solid: it is being committed. Beads: it is put
into a stream, or its answer is heard. Dotted frame: a job in a worker's hands. Dashed: it is on its way.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.charts import signs
from benchmarks.charts.svg import Scale, line, picture, tag, text
from benchmarks.traces.diagram import span_of_time
from benchmarks.traces.hop import Hop, Role
from benchmarks.traces.spans import Span
from benchmarks.traces.story import Story

WIDTH = 620
HEAD, ROW, FOOT, KEY = 82, 36, 36, 20  # above, each row, beneath, and each line of the legend
LEFT, RIGHT = 10, WIDTH - 60
INDENT, INDENTS = 9, 72  # of one level, and of all together at most
LETTER, BOLD, SMALL = 6.9, 8.4, 6.5  # how wide letters are at most
LABELS_MIN, LABELS_MAX = 150, 270
TICKS_MAX, TICK = 5, 46  # and how wide one is
BAR_MIN = 2.0
HEIGHT: dict[Role, int] = {"asks": 18, "leads": 18, "works": 14, "sends": 6, "commits": 8, "hears": 6, "aside": 14}
CLASS: dict[Role, str] = {"sends": "tells", "hears": "tells"}
APART = "not on the scale of the picture beside it"


def left_of(stories: Iterable[Story]) -> float:
    """Where the axes of pictures side by side begin: right of all their labels, so that a ms is as wide in each."""
    return max((_labels_width([_labels(each, hop) for hop in each.hops]) for each in stories), default=LABELS_MIN)


def waterfall(story: Story, name: str, left: float = 0) -> str:
    """The picture. All of the order's spans are on it. `left`: as `left_of` says for all that stand side by side."""
    rows = [_labels(story, hop) for hop in story.hops]
    left = left or left_of([story])
    bottom = HEAD + ROW * len(rows)
    legend = signs.lines(story.drawn, WIDTH - LEFT)
    height = bottom + FOOT + KEY * len(legend)
    x = Scale(0, 1, left, RIGHT)
    parts = [_bands(story), *_head(story), *_axis(story, x, bottom)]
    parts += [_row(story, number, rows[number], x) for number in range(len(rows))]
    parts += [signs.drawn(some, LEFT, bottom + FOOT + KEY * number) for number, some in enumerate(legend)]
    title = f"One order in {story.arm} as a waterfall"
    inside = tag("g", "".join(parts), class_=f"story arm {story.journey.pattern}")
    return picture(name, title, _told(story), (WIDTH, height), inside)


def _head(story: Story) -> list[str]:
    return [
        text(LEFT, 18, story.arm, "heading"),
        text(WIDTH - LEFT, 18, APART, "wrong", "end") if story.apart else "",
        text(LEFT, 36, _short(", ".join((story.ending, *story.remarks)), WIDTH - 2 * LEFT, BOLD), "strong"),
        text(
            LEFT, 53, _short(" ".join(filter(None, (story.sentence, story.left_out))), WIDTH - 2 * LEFT, SMALL), "small"
        ),
    ]


def _axis(story: Story, x: Scale, bottom: float) -> list[str]:
    axis = story.axis
    parts = []
    for start, end in axis.folds:
        left, right = x(axis.share(start)), x(axis.share(end))
        parts.append(tag("rect", x=left, y=HEAD - 6, width=right - left, height=bottom - HEAD + 8, class_="fold"))
        parts.append(text((left + right) / 2, bottom + 14, span_of_time(end - start), "small", "middle"))
    step_ns = axis.step_ns(TICKS_MAX)
    for at in axis.ticks(step_ns):
        where = x(axis.share(at))
        clear = WIDTH - LEFT - where > 2 * TICK
        parts.append(line(where, HEAD - 4, where, bottom + 2, "grid"))
        if clear:
            parts.append(text(where, HEAD - 10, _tick(at - axis.start_ns), "small", "middle"))
    return [*parts, text(WIDTH - LEFT, HEAD - 10, "done at, ms", "small", "end")]


def _tick(since_ns: int) -> str:
    return f"{since_ns / 1e9:g} s" if since_ns >= 1e9 else f"{since_ns / 1e6:g} ms"


def _middle(number: int) -> float:
    return HEAD + ROW * (number + 0.5)


def _bands(story: Story) -> str:
    """A shade behind the rows of the way back."""
    return "".join(
        tag("rect", x=0, y=HEAD + ROW * number, width=WIDTH, height=ROW, class_="undoing")
        for number, hop in enumerate(story.hops)
        if hop.back
    )


def _labels(story: Story, hop: Hop) -> tuple[float, str, str, str]:
    """(indent, who, does what, and beneath it what came of it)."""
    deepest = max(each.depth for each in story.hops)
    indent = hop.depth * min(INDENT, INDENTS / max(1, deepest))
    who = "/".join(hop.processes) if len(story.processes.get(hop.doer, ())) > 1 else hop.doer or "nobody known"
    came = [hop.event, *hop.remarks(), hop.failed]
    return indent, who, hop.does, ", ".join(part for part in came if part)


def _labels_width(rows: list[tuple[float, str, str, str]]) -> float:
    wide = max(indent + max((len(who) + len(does) + 3) * LETTER, len(came) * SMALL) for indent, who, does, came in rows)
    return LEFT + min(max(wide + 8, LABELS_MIN), LABELS_MAX)


def _row(story: Story, number: int, labels: tuple[float, str, str, str], x: Scale) -> str:
    hop, y = story.hops[number], _middle(number)
    back, room = " back" if hop.back else "", x.start - LEFT - labels[0] - 6
    indent, who, does, came = labels
    words = tag("tspan", who, class_="strong") + tag("tspan", _short(f" {does}", room - len(who) * LETTER, LETTER))
    parts = [tag("text", words, x=LEFT + indent, y=y - 2, class_=back.strip() or None)]
    came_class = "small wrong" if hop.failed or "dead letter" in came else "small"
    parts.append(text(LEFT + indent, y + 12, _short(came, room, SMALL), came_class))
    parts += [_led_here(story, hop, number, x), *_spans(story, hop, y, x)]
    done = text(WIDTH - LEFT, y + 4, _done(story.journey.ms(hop.end_ns)), "small", "end")
    return tag("g", "".join(parts) + done, class_=f"hop{back}")


def _done(ms: float) -> str:
    return f"{ms:,.1f}" if ms < 1000 else f"{ms:,.0f}"


def _led_here(story: Story, hop: Hop, number: int, x: Scale) -> str:
    """From the row that led here, at the moment of the sending, and on to where it was heard."""
    y, at = _middle(number), story.axis.share
    parts = []
    if hop.sent_ns is not None and hop.after is not None:
        sent, heard = x(at(hop.sent_ns)), x(at(hop.start_ns))
        parts.append(line(sent, _middle(hop.after) + 4, sent, y, "transit"))
        parts.append(line(sent, y, heard, y, "transit") if heard - sent > 1 else "")
    sends, works = hop.having("sends"), hop.having("works", "leads")
    if sends and works:
        parts.append(line(x(at(sends[0].start_ns)), y, x(at(works[0].start_ns)), y, "transit"))
    return "".join(parts)


def _spans(story: Story, hop: Hop, y: float, x: Scale) -> list[str]:
    order: list[Role] = ["leads", "asks", "works", "sends", "hears", "commits", "aside"]
    return [_span(story, hop, role, span, y, x) for each in order for role, span in hop.spans if role == each]


def _span(story: Story, hop: Hop, role: Role, span: Span, y: float, x: Scale) -> str:
    start, end = x(story.axis.share(span.start_ns)), x(story.axis.share(hop.until_ns(span)))
    high = HEIGHT[role]
    failed = " failed" if span.error is not None else ""
    return tag(
        "rect",
        tag("title", _title(story, span)),
        x=start,
        y=y - high / 2,
        width=max(BAR_MIN, end - start),
        height=high,
        rx=2,
        class_=f"span {CLASS.get(role, role)}{failed}",
    )


def _title(story: Story, span: Span) -> str:
    from html import escape

    times = f"{story.journey.ms(span.start_ns):.1f} to {story.journey.ms(span.end_ns):.1f} ms"
    return escape(f"{span.process} {span.kind} {span.name}, {times}{f': {span.error}' if span.error else ''}")


def _short(words: str, room: float, letter: float) -> str:
    most = max(1, int(room / letter))
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _told(story: Story) -> str:
    rows = (f"{hop.doer or 'nobody known'} {hop.does}" for hop in story.hops)
    return f"{story.ending}. {story.sentence}. In turn: {'; '.join(rows)}."
