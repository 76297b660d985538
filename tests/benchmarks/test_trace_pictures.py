"""Pictures of an order show all of it, cover nothing with anything, and have words for those who cannot see them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import StringIO
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from benchmarks.charts import stories as pictures
from benchmarks.charts.paper import LIGHT, STYLE, written_out
from benchmarks.charts.sequence import BOLD, LETTER, sequence, width_of
from benchmarks.charts.waterfall import waterfall
from benchmarks.traces import story as story_room
from benchmarks.traces.beside import beside
from benchmarks.traces.diagram import Arrow, Gap, Note
from benchmarks.traces.graph import id_of
from benchmarks.traces.hops import hops
from benchmarks.traces.journey import Journey, committed
from benchmarks.traces.messages import messages
from benchmarks.traces.spans import CLIENT, SERVER, Span
from benchmarks.traces.story import Story, stories
from benchmarks.traces.timeline import FOLDED_SHARE, Timeline, folded, timeline
from benchmarks.traces.waterfall_text import legend
from tests.benchmarks.drawing import Drawing, read
from tests.benchmarks.traced import KINDS, START_NS, Row, Writing, journey
from tests.benchmarks.traced_orders import ARMS, STEPS, claimed, dead_lettered, retried, told, without

MS = 1_000_000
SPAN = re.compile(r'<rect [^>]*class="span [^"]*"><title>')
REPORT_CSS = STYLE.with_name("report.css")
WIDTHS = (60, 80, 160)


def of_payment(process: str, row: Row) -> bool:
    """Spans of the payment process."""
    return process == "payment-1"


def bereft() -> Writing:
    """Payment was killed before it had written anything."""
    return without(told("choreography-streams", "undeliverable"), of_payment)


def unheard() -> Writing:
    """A command that nobody heard."""
    return without(told("orchestration-streams"), of_payment)


ORDERS: dict[str, Callable[[], Writing]] = {
    **{f"{arm} {like}": partial(told, arm, like) for arm in ARMS for like in STEPS},
    **{f"{arm} retried": partial(retried, arm) for arm in ARMS},
    "claimed": claimed,
    "dead letter": dead_lettered,
    "linked": partial(told, "choreography-streams", "undeliverable", link=True),
    "lost with a process": bereft,
    "unheard": unheard,
    "a customer who does not trace": partial(told, "choreography-http", customer=False),
}
every_order = pytest.mark.parametrize("name", ORDERS)


@pytest.fixture
def story(tmp_path: Path, name: str) -> Story:
    """One of the orders."""
    return Story(journey(tmp_path, ORDERS[name]()))


# all of it


@every_order
def test_every_span_is_in_one_hop_and_drawn_once(story: Story) -> None:
    found = hops(story.graph)
    assert sum(len(hop.spans) for hop in found) == len(story.journey.spans)
    assert len(SPAN.findall(waterfall(story, "one"))) == len(story.journey.spans)
    for number, hop in enumerate(found):
        assert hop.after is None or (hop.after < number and found[hop.after].depth == hop.depth - 1)


@every_order
def test_every_message_has_its_arrow_and_every_decision_its_note(story: Story) -> None:
    rows = story.diagram.rows
    arrows = {(row.sender, row.receiver, row.label) for row in rows if isinstance(row, Arrow)}
    failed = {id(each) for each in messages(story.graph) if each.kind == "reply" and each.failed}
    told_of = {(m.sender, m.receiver, m.label) for m in messages(story.graph) if id(m) not in failed}
    assert arrows == told_of
    notes = [row.text for row in rows if isinstance(row, Note)]
    for hop in story.hops:
        assert all(any(span.operation in text for text in notes) for span in hop.having("commits"))


@every_order
def test_rows_are_in_the_order_of_time_and_nothing_is_told_before_it_is_done(story: Story) -> None:
    rows = story.diagram.rows
    assert [row.at_ns for row in rows] == sorted(row.at_ns for row in rows)
    first: dict[str, int] = {}
    for number, row in enumerate(rows):
        if isinstance(row, Note):
            first.setdefault(row.text.split()[0], number)
        if isinstance(row, Arrow) and row.label == "OrderPayed" and "charge" in first:
            assert first["charge"] < number
    assert not isinstance(rows[0], Gap)
    assert not isinstance(rows[-1], Gap)


@pytest.mark.parametrize("like", STEPS)
def test_orchestration_is_flat_and_choreography_is_a_staircase(tmp_path: Path, like: str) -> None:
    flat = hops(Story(journey(tmp_path / "a", told("orchestration-http", like))).graph)
    assert {hop.depth for hop in flat} == {0, 1}
    stairs = hops(Story(journey(tmp_path / "b", told("choreography-streams", like))).graph)
    assert [hop.depth for hop in stairs] == list(range(len(stairs)))
    assert len(flat) == len(STEPS[like]) + 1
    assert len(stairs) == len(STEPS[like])


def test_what_was_odd_is_said_in_words(tmp_path: Path) -> None:
    orders = {
        "retried: 4 times in vain": retried("orchestration-http"),
        "redelivered: delivery 2": claimed(),
        "dead letter": dead_lettered(),
        "what led here is lost": bereft(),
    }
    for words, writing in orders.items():
        assert words in waterfall(Story(journey(tmp_path / words[:4], writing)), "one")
    drawn = sequence(Story(journey(tmp_path / "seq", retried("orchestration-http"))), "one")
    assert "charge, refused, 4 times in" in drawn
    assert "2.1 s on its way" in sequence(Story(journey(tmp_path / "claim", claimed())), "one")


def test_the_way_back_can_be_told_from_the_way_forward(tmp_path: Path) -> None:
    there = Story(journey(tmp_path / "a", told("choreography-http")))
    back = Story(journey(tmp_path / "b", told("choreography-http", "undeliverable")))
    for draw in (partial(waterfall, name="one"), partial(sequence, name="one")):
        assert 'class="undoing"' not in draw(there)
        assert draw(back).count('class="undoing"') >= 4


def test_two_processes_of_a_service_are_told_apart(tmp_path: Path) -> None:
    writing = told("choreography-streams", "undeliverable")
    writing.rows = [
        (service, "payment-2" if "refund" in str(row) or "PaymentRefunded" in row["name"] else process, row)
        for service, process, row in writing.rows
    ]
    story = Story(journey(tmp_path, writing))
    texts = [row.text for row in story.diagram.rows if isinstance(row, Note)]
    assert any(text.startswith("payment-1: charge") for text in texts)
    assert any(text.startswith("payment-2: refund") for text in texts)
    assert any(text.startswith("ship ") for text in texts)


def test_very_many_hops_end_in_a_word_and_not_in_a_crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story_room, "HOPS_MAX", 4)
    monkeypatch.setattr(story_room, "ROWS_MAX", 9)
    story = Story(journey(tmp_path, told("orchestration-http", "undeliverable")))
    assert "and 5 more" in waterfall(story, "one")
    assert re.search(r"and \d+ more rows", sequence(story, "one"))


# nothing covers anything


class Box(NamedTuple):
    """Words on a picture."""

    left: float
    right: float
    y: float
    words: str


@every_order
def test_no_words_of_a_sequence_diagram_cover_others_or_leave_it(story: Story) -> None:
    drawn = read(sequence(story, "one", width_of([story.diagram])))
    wide, high = drawn.size
    boxes = list(_boxes(drawn))
    assert len(boxes) > 2 * len(story.diagram.rows)
    for box in boxes:
        assert box.left >= 0, box
        assert box.right <= wide + 1, box
        assert box.y <= high, box
    for one, other in combinations(boxes, 2):
        apart = abs(one.y - other.y) >= 10 or one.right <= other.left or other.right <= one.left
        assert apart, (one, other)


def _boxes(drawn: Drawing) -> Iterator[Box]:
    for text in drawn.named("text"):
        words, at = text.words, float(text.attributes["x"])
        kind = text.attributes.get("class", "")
        wide = len(words) * (5.6 if "small" in kind else BOLD if kind == "said-yes" else LETTER)
        left = {"middle": at - wide / 2, "end": at - wide}.get(text.attributes.get("text-anchor", ""), at)
        yield Box(left, left + wide, float(text.attributes["y"]), words)


@every_order
def test_a_longer_story_is_taller_and_not_denser(story: Story) -> None:
    assert read(sequence(story, "one")).size[1] >= 25 * len(story.diagram.rows) + 100
    assert read(waterfall(story, "one")).size[1] >= 36 * len(story.hops)


@every_order
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("as_sequence", [False, True], ids=["waterfall", "sequence"])
def test_a_terminal_of_any_width_shows_it_without_a_broken_line(story: Story, width: int, as_sequence: bool) -> None:
    console = Console(width=width, file=StringIO(), record=True, color_system=None)
    console.print(beside([story.journey, story.journey], as_sequence))
    lines = console.export_text().splitlines()
    if not as_sequence or width >= 80:
        assert max(len(line.rstrip()) for line in lines) <= width
    shown = "\n".join(lines)
    assert story.arm in shown
    for hop in story.hops if not as_sequence and width >= 80 else ():
        assert (hop.does if len(hop.does) < 12 else hop.doer) in shown


# the axis


@every_order
def test_later_is_further_right_and_all_is_on_the_axis(story: Story) -> None:
    axis, dice = story.axis, random.Random(7)
    moments = sorted(dice.randint(story.journey.start_ns, story.journey.end_ns) for _ in range(200))
    shares = [axis.share(moment) for moment in moments]
    assert shares == sorted(shares)
    assert axis.share(story.journey.start_ns) == 0
    assert axis.share(axis.end_ns) == pytest.approx(1)
    for start, end in axis.folds:
        assert axis.share(end) - axis.share(start) == pytest.approx(FOLDED_SHARE)
    assert len(axis.ticks(axis.step_ns(5))) <= 7


def test_a_long_wait_is_folded_and_a_short_order_is_not(tmp_path: Path) -> None:
    (fold,) = folded(journey(tmp_path / "a", claimed()))
    assert fold[1] - fold[0] == pytest.approx(2.1e9, rel=0.05)
    assert folded(journey(tmp_path / "b", told("choreography-streams"))) == ()
    assert "2.1 s" in waterfall(Story(journey(tmp_path / "c", claimed())), "one")


def test_attempts_in_vain_do_not_keep_a_wait_from_being_folded(tmp_path: Path) -> None:
    long = journey(tmp_path, retried("orchestration-rq", times=8))
    assert len(folded(long)) == 1


def test_orders_side_by_side_share_their_axis_where_they_can(tmp_path: Path) -> None:
    both = [journey(tmp_path / arm, told(arm)) for arm in ("orchestration-http", "choreography-http")]
    one, other = (story.axis for story in stories(both))
    assert one.end_ns - one.start_ns == other.end_ns - other.start_ns
    for more in (claimed(), retried("orchestration-rq", times=8)):
        one, other = (story.axis for story in stories([both[0], journey(tmp_path / more.arm, more)]))
        assert one.folds == ()
        assert len(other.folds) == 1
        assert one.share(one.start_ns + MS) == pytest.approx(other.share(other.start_ns + MS), rel=1e-6)
    assert timeline(both[0]) == Timeline(both[0].start_ns, both[0].end_ns)


def test_one_that_cannot_share_the_scale_says_so_loudly(tmp_path: Path) -> None:
    short, long = (journey(tmp_path / letter, told("choreography-streams")) for letter in "ab")
    slow = Journey.of((long.arm, long.order_id), [_slower(span, 60) for span in long.spans])
    assert all(story.apart for story in stories([short, slow]))
    assert pictures.file([short, slow]).count("not on the scale of the picture beside it") == 2
    assert "not on the scale" not in pictures.file([short, long])
    console = Console(width=200, file=StringIO(), record=True, color_system=None)
    console.print(beside([short, slow], sequence=False))
    assert console.export_text().count("not on the scale of the others") == 2


def _slower(span: Span, times: int) -> Span:
    return replace(
        span,
        start_ns=START_NS + (span.start_ns - START_NS) * times,
        end_ns=START_NS + (span.end_ns - START_NS) * times,
    )


@every_order
def test_an_answer_is_there_before_its_caller_goes_on(story: Story) -> None:
    late = Story(Journey.of((story.arm, story.journey.order_id), map(_bookkeeping, story.journey.spans)))
    ends = {id_of(span): span.end_ns for span in late.journey.spans}
    for each in messages(late.graph):
        if each.kind == "reply" and not each.overheard and each.received_by and each.received_by.kind == CLIENT:
            assert each.sent_ns <= (each.received_ns or 0) <= ends[id_of(each.received_by)]
    for hop in late.hops:
        waited = [span for span in hop.having("asks") if span.error is None]
        for span in hop.having("works") if len(waited) == len(hop.having("asks")) == 1 else ():
            assert hop.until_ns(span) <= waited[0].end_ns


def _bookkeeping(span: Span) -> Span:
    """Its process ends a server's span only after the answer has long arrived."""
    return replace(span, end_ns=span.end_ns + 4 * MS) if span.kind == SERVER else span


@pytest.mark.parametrize("arm", ARMS)
def test_an_order_is_said_to_end_with_the_commit_that_closed_it(tmp_path: Path, arm: str) -> None:
    found = journey(tmp_path, told(arm))
    (closing,) = [span for span in found.spans if committed(span, "complete")]
    whole = Journey.of((arm, found.order_id), [replace(found.spans[0], end_ns=found.end_ns + 10**9), *found.spans[1:]])
    assert Story(whole).ending == f"completed after {found.ms(closing.end_ns):.0f} ms"
    assert "until 1" in Story(whole).sentence


def test_what_is_not_written_yet_is_not_called_whole(tmp_path: Path) -> None:
    no_commits = without(told("orchestration-http"), lambda _, row: row["kind"] in (KINDS["producer"], KINDS["server"]))
    story = Story(journey(tmp_path, no_commits))
    assert story.ending.startswith("still open as far as written")
    assert "7 not written yet or lost" in story.sentence
    assert "connected" not in story.sentence


def test_the_legend_has_the_signs_that_occur_and_no_other(tmp_path: Path) -> None:
    words = {"on its way", "is sent or heard", "job in hand", "in vain", "waits"}
    occur = {
        "orchestration-http": {"waits"},
        "orchestration-streams": {"waits", "is sent or heard", "on its way"},
        "orchestration-rq": {"waits", "is sent or heard", "on its way", "job in hand"},
        "choreography-streams": {"waits", "on its way"},
    }
    for arm, signs in occur.items():
        story = Story(journey(tmp_path / arm, told(arm)))
        assert {word for word in words if f">{word}</text>" in waterfall(story, "one")} == signs
        assert {word for word in words if word in legend([story])} == signs


def test_traces_that_are_joined_by_links_are_counted(tmp_path: Path) -> None:
    assert (
        "6 traces, joined by links" in Story(journey(tmp_path / "a", told("choreography-streams", link=True))).sentence
    )
    assert "links" not in Story(journey(tmp_path / "b", told("choreography-streams"))).sentence


def test_the_way_back_is_one_band_whatever_else_happens_meanwhile(tmp_path: Path) -> None:
    found = journey(tmp_path, told("choreography-streams", "undeliverable"))
    late = [
        replace(span, end_ns=found.end_ns - MS) if span.text("http.route") == "/orders" else span
        for span in found.spans
    ]
    drawn = read(sequence(Story(Journey.of((found.arm, found.order_id), late)), "one"))
    bands = [each.attributes for each in drawn.elements if each.attributes.get("class") == "undoing"]
    for above, below in pairwise(bands):
        assert float(above["y"]) + float(above["height"]) == pytest.approx(float(below["y"]))


# for those who cannot see it, and for other viewers


@every_order
def test_a_picture_has_a_title_and_tells_the_story_in_words(story: Story) -> None:
    for drawn in (waterfall(story, "one"), sequence(story, "one")):
        picture = read(drawn)
        assert story.arm in picture.named("title")[0].words
        assert story.ending in picture.named("desc")[0].words
        assert picture.elements[0].attributes["aria-labelledby"] == "one-title one-desc"


@every_order
def test_a_file_of_its_own_needs_nothing_from_a_page(story: Story) -> None:
    drawn = pictures.file([story.journey, story.journey])
    read(drawn)
    assert 'xmlns="http://www.w3.org/2000/svg"' in drawn
    assert not re.search(r"var\(|--[a-z]+:|url\(|<script|@import|@media|href=", drawn)
    assert len(pictures.file([story.journey], sequence_only=True)) < len(pictures.file([story.journey]))


def test_the_colours_of_a_file_are_those_of_the_page() -> None:
    told_of = REPORT_CSS.read_text(encoding="utf-8") + STYLE.read_text(encoding="utf-8").replace(
        " .story {", "\n.story {"
    )
    for name, colour in LIGHT.items():
        found = re.search(rf"--{name}: (#[0-9a-f]+);", told_of)
        assert found, name
        assert found.group(1).ljust(7, found.group(1)[-1]) == colour


def test_every_colour_of_the_style_has_a_value_in_a_file() -> None:
    out = written_out(STYLE.read_text(encoding="utf-8"))
    assert "var(" not in out
    assert ".choreography .span.works" in out
    assert out.count("{") == out.count("}")


def test_what_a_customer_could_have_written_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    writing = told("choreography-http")
    for _, _, row in writing.rows:
        row["name"] = f"<script>{row['name']}"
        row["status"] = {"code": 2, "message": '"><script>alert(1)</script>'}
    found: Journey = journey(tmp_path, writing)
    for drawn in (waterfall(Story(found), "one"), sequence(Story(found), "one"), pictures.file([found])):
        assert "<script" not in drawn
        read(drawn)
