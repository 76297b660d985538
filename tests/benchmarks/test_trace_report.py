"""A report shows orders of the same kind in each arm, both patterns side by side, and still fits into a letter."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from benchmarks.charts import axes, latency
from benchmarks.charts.journey import LETTER, LINE
from benchmarks.charts.journey import journey as order_way
from benchmarks.charts.looks import looks
from benchmarks.judge import judge
from benchmarks.report import tell, trace_page
from benchmarks.traces.examples import FILE, examples, in_the_report, side_by_side
from benchmarks.traces.listing import briefs
from benchmarks.traces.reading import Traces
from benchmarks.traces.story import Story
from tests.benchmarks.drawing import Element, read
from tests.benchmarks.synthetic import FIVE, Shape
from tests.benchmarks.synthetic import write as write_run
from tests.benchmarks.test_report import MIB, Page
from tests.benchmarks.traced import Writing, journey, write
from tests.benchmarks.traced_orders import ARMS, STEPS, claimed, dead_lettered, retried, told


def run_of(folder: Path, *writings: Writing) -> Path:
    """A run's folder with these traces, merged as a run merges them."""
    written = write(folder / "parts", *writings)
    files = sorted(written.rglob("*.jsonl"))
    (folder / FILE).write_text("".join(file.read_text(encoding="utf-8") for file in files), encoding="utf-8")
    return folder


def everything() -> list[Writing]:
    """Several orders of every kind, in every arm."""
    ends = [told(arm, like, f"{n:02x}{ARMS.index(arm)}{'e' * 29}") for arm in ARMS for n, like in enumerate(STEPS)]
    return [*ends, *(retried(arm, times=9) for arm in ARMS)]


def test_each_kind_is_shown_in_every_arm_that_has_it(tmp_path: Path) -> None:
    shown = {each.kind: each for each in examples(run_of(tmp_path, *everything()), ARMS)}
    assert list(shown) == ["shown", "undone", "troubled"]
    for example in shown.values():
        assert [each.arm for each in example.journeys] == list(ARMS)
    assert {each.ending for each in shown["shown"].journeys} == {"completed"}
    assert {each.reason for each in shown["undone"].journeys} == {"undeliverable"}, "the longest way back"
    assert {each.ending for each in shown["troubled"].journeys} == {"completed"}
    assert all(each.duration_ms > 1000 for each in shown["troubled"].journeys)


def test_the_order_that_was_placed_to_be_shown_is_the_one_shown(tmp_path: Path) -> None:
    wanted = "f" * 32
    run = run_of(tmp_path, *everything(), *(told(arm, order_id=wanted) for arm in ARMS))
    chosen = examples(run, ARMS, {arm: {"order_id": wanted} for arm in ARMS})[0]
    assert {each.order_id for each in chosen.journeys} == {wanted}
    absent = examples(run, ARMS, {arm: {"order_id": "0" * 32} for arm in ARMS})[0]
    assert len(absent.journeys) == len(ARMS), "not traced: others tell as much"


def test_of_several_the_one_in_the_middle_is_shown(tmp_path: Path) -> None:
    orders = [told("choreography-http", order_id=letter * 32) for letter in "abc"]
    for slower, writing in enumerate(orders):
        row = writing.rows[-1][2]
        row["endTimeUnixNano"] = str(int(row["endTimeUnixNano"]) + slower * 10**8)
    (example,) = examples(run_of(tmp_path, *orders), ["choreography-http"])
    assert example.journeys[0].order_id == "b" * 32


def test_an_order_whose_customer_asked_to_wait_is_shown_only_where_there_is_no_other(tmp_path: Path) -> None:
    waited = _waited(told("choreography-http", "undeliverable", "a" * 32))
    ordinary = told("choreography-http", "payment_declined", "b" * 32)
    (example,) = [each for each in examples(run_of(tmp_path, waited, ordinary), ARMS) if each.kind == "undone"]
    assert example.journeys[0].order_id == "b" * 32
    (alone,) = examples(run_of(tmp_path / "alone", waited), ARMS)
    assert "asked to wait" in Story(alone.journeys[0]).remarks


def _waited(writing: Writing) -> Writing:
    """The door told the ending."""
    for _, _, row in writing.rows:
        for each in row["attributes"]:
            if row["name"] == "POST /orders" and each["key"] == "http.response.status_code":
                each["value"] = {"intValue": "200"}
    return writing


def test_the_orders_that_a_report_shows_are_named(tmp_path: Path) -> None:
    run = run_of(tmp_path, *everything())
    (run / "summary.json").write_text(json.dumps({"arms": dict.fromkeys(ARMS)}), encoding="utf-8")
    named = in_the_report(run, briefs(Traces(run / FILE).spans()))
    shown = {(each.arm, each.order_id) for example in examples(run, ARMS) for each in example.journeys}
    assert set(named) == shown
    assert in_the_report(tmp_path / "none", []) == {}


@pytest.mark.parametrize("text", [None, "", "rubbish\n"])
def test_a_run_without_traces_that_can_be_read_shows_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / FILE).write_text(text, encoding="utf-8")
    assert examples(tmp_path, ARMS) == []


def test_patterns_stand_side_by_side_over_the_same_wire_where_there_is_one(tmp_path: Path) -> None:
    journeys = [journey(tmp_path / arm, told(arm)) for arm in ARMS]
    rows = [tuple(each.arm for each in row) for row in side_by_side(journeys)]
    assert rows == [
        ("orchestration-http", "choreography-http"),
        ("orchestration-streams", "choreography-streams"),
        ("orchestration-rq",),
    ]
    two = [each for each in journeys if each.arm in ("orchestration-http", "choreography-streams")]
    assert [len(row) for row in side_by_side(two)] == [2]
    for some in (journeys[:1], journeys[:3], journeys[3:], []):
        assert sorted(each.arm for row in side_by_side(some) for each in row) == sorted(each.arm for each in some)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a run of five arms with traces."""
    run = write_run(tmp_path_factory.mktemp("run"), Shape(pairs=2, rate=30.0, block_s=0.6, fault_s=7.0, arms=FIVE))
    run_of(run, *everything(), claimed(), dead_lettered())
    judge(run)
    return tell(run).read_text(encoding="utf-8")


def test_the_report_has_the_story_and_is_well_formed_and_small(page: str) -> None:
    read = Page(page)
    assert "One order's story" in read.text
    assert "An order that had to be undone: undeliverable" in read.text
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    assert len(page.encode()) < 2 * MIB
    assert page.count("as a waterfall</title>") == page.count("as a sequence diagram</title>") == 3 * len(FIVE)


def test_a_report_without_traces_says_nothing_of_them(tmp_path: Path) -> None:
    run = write_run(tmp_path, Shape(pairs=1, block_s=0.4, fault_s=0.5))
    judge(run)
    read = Page(tell(run).read_text(encoding="utf-8"))
    assert "One order's story" not in read.text
    assert "#story" not in read.links


def test_telling_twice_tells_the_same(tmp_path: Path) -> None:
    run = write_run(tmp_path, Shape(pairs=1, block_s=0.4, fault_s=0.5))
    run_of(run, told("orchestration-http"), told("choreography-streams"))
    judge(run)
    assert tell(run).read_text(encoding="utf-8") == tell(run).read_text(encoding="utf-8")


def test_a_page_of_its_own_loads_nothing_and_names_every_order(tmp_path: Path) -> None:
    journeys = [journey(tmp_path / arm, told(arm, "undeliverable")) for arm in ARMS]
    page = trace_page(journeys)
    read = Page(page)
    assert read.loads == ["data:,"]
    assert "https://" not in page
    assert "<script" not in page
    assert read.open == []
    assert all(each.order_id in read.text and each.arm in read.text for each in journeys)
    assert len(read.pictures) == 2 * len(ARMS)


def test_a_run_of_many_traced_orders_is_read_in_one_pass_and_little_room(tmp_path: Path) -> None:
    many = [told("choreography-streams", order_id=f"{n:032x}") for n in range(300)]
    traces = Traces(run_of(tmp_path, *many) / FILE)
    assert len(list(traces.spans())) == sum(len(each.rows) for each in many)
    (found,) = traces.orders(f"{7:032x}")
    assert len(found.spans) == len(many[7].rows)
    assert json.dumps(found.order_id)


def test_ticks_of_a_latency_curve_have_room_for_their_words() -> None:
    for low, high in ((1.4, 260.0), (0.3, 9_000.0), (4.0, 31.0), (20.0, 25.0)):
        clock = {
            "curve": [(0.1, low), (1.0, high)],
            "p50": None,
            "p50_interval": None,
            "p90": None,
            "p99": None,
            "count": 9,
        }
        drawn = latency.curves({"one": {"closed": clock}}, looks({"one": "choreography"}), "closed")
        ticks = [each for each in read(drawn).named("text") if each.attributes["y"] == "275"]
        ends = sorted((float(each.attributes["x"]), len(each.words) * axes.LETTER / 2) for each in ticks)
        assert all(x + half < other - other_half for (x, half), (other, other_half) in pairwise(ends))
        assert len(ends) >= 2 or high < 2 * low


def test_names_of_events_close_together_do_not_overprint() -> None:
    kinds = (("OrderPlaced", "order", 1), ("InventoryUpdated", "inventory", 4), ("OrderCompleted", "order", 12))
    events = [{"type": kind, "service": who, "time": f"2026-11-26T00:00:00.0{ms:02}+00:00"} for kind, who, ms in kinds]
    order = {"events": events, "closed_ms": 12.0, "accepted_ms": 1.0, "status": "completed", "reason": None}
    drawn = read(order_way(order, looks({"one": "choreography"})["one"], 70.0, "one"))
    boxes = [_box(each) for each in drawn.named("text") if "event" in each.attributes.get("class", "")]
    assert len(boxes) == len(kinds)
    for (left, right, y), (other_left, other_right, other_y) in combinations(boxes, 2):
        assert right <= other_left or other_right <= left or abs(y - other_y) >= LINE


def _box(text: Element) -> tuple[float, float, float]:
    x, wide = float(text.attributes["x"]), len(text.words) * LETTER
    left = x - wide if text.attributes.get("text-anchor") == "end" else x
    return left, left + wide, float(text.attributes["y"])
