"""The report is one file that anybody can read anywhere, and it says what the summary says."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.charts.axes import Shares
from benchmarks.charts.journey import journey
from benchmarks.charts.looks import looks
from benchmarks.commands import summary_text
from benchmarks.flow import flows
from benchmarks.flow_svg import svg
from benchmarks.judge import judge
from benchmarks.report import CHECKS, TEMPLATES, NotJudged, tell
from tests.benchmarks.conditioned import conditioned, floored
from tests.benchmarks.synthetic import FIVE, Shape, write

MIB = 2**20
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page loads, shows and leaves open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        loaded = named.get("src") or (named.get("href") if tag in ("link", "image", "use") else None)
        self.loads += [loaded] if loaded else []
        self.links += [str(named["href"])] if tag == "a" else []
        self.ids += [str(named["id"])] if named.get("id") else []
        self.pictures += [named] if tag == "svg" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, judged and told."""
    run = write(tmp_path_factory.mktemp("run"), Shape(pairs=10, rate=40.0, fault_s=9.0))
    (run / "flow.svg").write_text(svg(*flows()), encoding="utf-8")
    judge(run)
    tell(run)
    return run


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    """The page."""
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    """The summary beside it."""
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return told


def test_nothing_is_loaded_from_elsewhere(html: str) -> None:
    assert Page(html).loads == ["data:,"]
    assert not re.search(r"url\(|@import|<script|<iframe|<object", html)
    assert "http://" not in html
    assert "https://" not in html


def test_it_is_small_enough_to_send(html: str) -> None:
    assert len(html.encode()) < 2 * MIB


def test_every_picture_has_words_for_those_who_cannot_see_it(html: str) -> None:
    page = Page(html)
    shown = [picture for picture in page.pictures if picture.get("aria-hidden") != "true"]
    assert len(shown) > 10
    assert all(picture["role"] == "img" for picture in shown)
    assert html.count("<title") == len(shown) + 1  # each its own, and the page's
    drawn_here = [str(picture["aria-labelledby"]) for picture in shown if "aria-labelledby" in picture]
    assert len(drawn_here) == len(shown) - 1  # the flows come with the run
    assert all(name in page.ids for names in drawn_here for name in names.split())


def test_the_page_is_well_formed_and_its_ids_and_links_hold(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_first_screen_answers_with_numbers_doubt_and_machine(html: str, summary: dict[str, Any]) -> None:
    first = re.sub(
        r"\s+", " ", Page(html).text.replace("\N{NO-BREAK SPACE}", " ").partition("Latency: three clocks")[0]
    )
    assert summary["question"] in first
    assert "2 cores" in first
    assert "2026-11-23" in first
    for sentence in summary["headline"]:
        assert sentence in first


def test_the_sums_on_the_page_are_those_of_the_summary(html: str, summary: dict[str, Any]) -> None:
    for blast in summary["blast_radius"]:
        assert f"{blast['harmed']} of {blast['exposed']}" in html
    for figures in summary["arms"].values():
        assert f"{figures['cost']['cpu_ms_per_order']:,.2f}" in html
        assert f"{figures['latency_ms']['closed']['count']:,}" in html
    for check in summary["checks"]:
        assert f"{check['looked_at']:,}" in html
        assert CHECKS[check["id"]].replace("'", "&#39;") in html


def test_made_up_records_are_called_so_at_the_top(html: str) -> None:
    assert "SYNTHETIC" in html[: html.index("The answer")]


def test_a_violated_invariant_cannot_be_overlooked(tmp_path: Path) -> None:
    run = write(tmp_path, Shape(pairs=1, block_s=0.5, fault_s=7.0, lost=2))
    judge(run)
    page = tell(run).read_text(encoding="utf-8")
    assert "Not every check held." in page
    assert "VIOLATED in orchestration-http: every_order_closed" in page
    assert "**violated**" in (run / "report.md").read_text(encoding="utf-8")


def test_a_run_without_faults_or_an_order_or_a_single_block_is_told_all_the_same(tmp_path: Path) -> None:
    run = write(tmp_path, Shape(pairs=1, block_s=0.4, fault_s=0.5))
    for name in ("faults.ndjson", "order.json"):
        (run / name).unlink()
    judge(run)
    page = Page(tell(run).read_text(encoding="utf-8"))
    assert "What a fault does" not in page.text
    assert page.open == []


def test_what_somebody_else_wrote_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    run = write(tmp_path, Shape(pairs=1, block_s=0.4, fault_s=0.5))
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps(manifest | {"question": "<script>alert(1)</script>"}))
    judge(run)
    assert "<script>" not in tell(run).read_text(encoding="utf-8")


def test_the_markdown_has_the_answer_and_its_tables(folder: Path, summary: dict[str, Any]) -> None:
    told = (folder / "report.md").read_text(encoding="utf-8")
    assert all(sentence in told for sentence in summary["headline"])
    for block in re.findall(r"(?:^\|.*\n)+", told, re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of all five arms, judged and told."""
    run = write(tmp_path_factory.mktemp("five"), Shape(pairs=4, rate=30.0, block_s=0.8, fault_s=7.0, arms=FIVE))
    judge(run)
    tell(run)
    return run


def test_an_order_served_in_time_is_drawn_filled_in_every_arm_as_the_legend_says(five: Path) -> None:
    page = (five / "report.html").read_text(encoding="utf-8")
    faults = page[page.index('id="fault"') :]
    for pattern, nth in (("orchestration", 0), ("orchestration", 1), ("orchestration", 2), ("choreography", 1)):
        assert f"mark arm {pattern} nth{nth} served" in faults
        assert f"mark arm {pattern} nth{nth} harmed" in faults
    assert page.index(".mark.served") > page.index(".mark.nth2"), "the later rule wins"


def test_a_verdict_that_every_row_shares_is_said_once_above_the_tables(five: Path, html: str) -> None:
    page = (five / "report.html").read_text(encoding="utf-8")
    assert page.count("no verdict: 4 blocks a side, 10 are needed") == 1 + page.count("10 are needed.</desc>")
    assert "<th>verdict</th>" not in page
    assert "<th>verdict</th>" in html, "where rows differ each says its own"
    told = (five / "report.md").read_text(encoding="utf-8")
    assert told.count("10 are needed") == 1
    for block in re.findall(r"(?:^\|.*\n)+", told, re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_every_arm_has_a_sign_of_its_own_the_same_in_legend_cards_and_charts(five: Path) -> None:
    page = (five / "report.html").read_text(encoding="utf-8")
    legend = re.findall(r'<span><svg [^>]*class="sample".*?</span>', page)[: len(FIVE)]
    assert len({re.sub(r"</svg>.*", "", each) for each in legend}) == len(FIVE)
    cards = re.findall(r'<h2><svg [^>]*class="sign"[^>]*>.*?class="(mark[^"]*)"', page)
    assert len(set(cards)) == len(FIVE)


def test_a_check_that_looked_at_nothing_is_not_green(five: Path) -> None:
    page = (five / "report.html").read_text(encoding="utf-8")
    assert re.search(r'<span class="idle"[^>]*>\N{EN DASH} nothing to look at:', page)
    assert not re.search(r'<span class="yes"[^>]*>[^<]*nothing to look at', page)


def test_a_terminal_of_80_columns_shows_five_arms_without_a_broken_line(five: Path) -> None:
    summary = json.loads((five / "summary.json").read_text(encoding="utf-8"))
    console = Console(width=80, record=True, file=StringIO())
    console.print(summary_text.drawn(summary, 80), summary_text.checks(summary))
    told = console.export_text()
    assert re.search(r"^kill payment-1: harmed +\d+ +\d+ +\d+ *$", told, re.M)
    assert re.search(r"^\N{EN DASH} asked again +0 · 0 · 0 · 0 · 0 *$", told, re.M)
    assert re.search(r"^\N{CHECK MARK} single charge +\d+ · \d+ · \d+ · \d+ · \d+ *$", told, re.M)


@pytest.fixture(scope="module")
def varied(five: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All arms at several rates and with work, on a machine whose noise floor is known."""
    run = tmp_path_factory.mktemp("varied")
    shutil.copytree(five, run, dirs_exist_ok=True)
    made = floored(conditioned(json.loads((five / "summary.json").read_text(encoding="utf-8"))))
    (run / "summary.json").write_text(json.dumps(made), encoding="utf-8")
    tell(run)
    return run


def test_conditions_are_drawn_and_tabled_with_work_and_equal_cost(varied: Path) -> None:
    page = (varied / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", Page(page).text)
    assert Page(page).open == []
    assert len(Page(page).ids) == len(set(Page(page).ids))
    assert len(page.encode()) < 2 * MIB
    for name in ("rates-p50", "rates-p99", "rates-cpu", "rates-used"):
        assert f'id="{name}-desc"' in page
    for words in (
        "30/s",
        "120/s",
        "60/s with work",
        "999 of 1,000",
        "With work: what coordination adds",
        "At equal cost",
    ):
        assert words in text
    assert "orchestration-http: 2" in text or "orchestration-http: 1" in text, "its latency at equal cost"


def test_a_difference_below_the_noise_floor_is_marked_and_the_floor_is_drawn(five: Path, tmp_path: Path) -> None:
    made = conditioned(json.loads((five / "summary.json").read_text(encoding="utf-8")))
    shutil.copytree(five, tmp_path, dirs_exist_ok=True)
    (tmp_path / "summary.json").write_text(json.dumps(floored(made, {"closed_ms_p50": 0.9})), encoding="utf-8")
    page = tell(tmp_path).read_text(encoding="utf-8")
    assert 'class="floor"' in page
    assert "below the floor" in page
    assert "20261126T010000Z-calibrate" in page


def test_one_condition_has_no_section_on_conditions(html: str) -> None:
    assert 'id="conditions"' not in html
    assert 'id="rates-p50' not in html


def test_the_first_screen_says_which_to_choose_and_how_far_that_carries(html: str, summary: dict[str, Any]) -> None:
    first = re.sub(r"\s+", " ", html[: html.index('id="latency"')].replace("<code>", "`").replace("</code>", "`"))
    first = first.replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "'")
    for sentence in (*summary["choosing"]["choose"], *summary["choosing"]["carries"]):
        assert sentence in first


def test_the_tail_has_room_on_the_axis_of_shares() -> None:
    y = Shares(0.999, 258, 34)
    heights = [y(share) for share in (0.5, 0.9, 0.99, 0.999)]
    assert y.levels() == [0.5, 0.9, 0.99, 0.999]
    assert all(low - high > 20 for low, high in pairwise(heights))
    assert (y(0.001), y(1.0)) == (258, 34), "what lies beyond is at the ends"


def test_rules_for_paper_come_last_so_that_none_undoes_them() -> None:
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    screen, paper = style[: style.rindex("@media print")], style[style.rindex("@media print") :]
    for selector in (".scroll", ".row.wide", "td.n", "pre", "table", "nav"):
        assert f"{selector} {{" in screen
        assert re.search(rf"{re.escape(selector)}(, [^{{}}]*)? {{", paper)
    assert paper.count("{") == paper.count("}")
    assert paper.rstrip().endswith("}\n}"), "nothing after it"


@pytest.mark.parametrize(
    ("changed", "on_top"),
    [
        ({"partial": True, "at_rest": {}}, "This run was interrupted"),
        ({"ledger_differences": {"appendfsync": "appendfsync differs"}}, "NO VERDICT: the arms are not compared"),
        ({"spoiled": "the load's process was starved"}, "The load was not what it says"),
    ],
)
def test_a_run_that_is_not_whole_says_so_on_top_and_advises_nothing(
    tmp_path: Path, changed: dict[str, Any], on_top: str
) -> None:
    write(tmp_path, Shape(pairs=1, block_s=0.4, fault_s=0.5))
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | changed), encoding="utf-8")
    judge(tmp_path)
    page = tell(tmp_path).read_text(encoding="utf-8")
    assert on_top in page[: page.index("<main>")]
    assert "<strong>No advice:</strong>" in page
    assert "closes orders sooner" not in page


def test_the_text_for_a_pull_request_is_short_and_has_the_conditions(varied: Path, folder: Path) -> None:
    told = (varied / "report.md").read_text(encoding="utf-8")
    assert "60/s with work |" in told
    assert "at equal cost" in told
    for run in (varied, folder):
        lines = (run / "report.md").read_text(encoding="utf-8").splitlines()
        assert len(lines) < 90
    for block in re.findall(r"(?:^\|.*\n)+", told, re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_a_terminal_shows_a_line_for_each_condition(varied: Path) -> None:
    summary = json.loads((varied / "summary.json").read_text(encoding="utf-8"))
    console = Console(width=110, record=True, file=StringIO())
    console.print(summary_text.drawn(summary, 110))
    told = console.export_text()
    for name in ("30/s", "60/s", "120/s", "60/s with work"):
        assert re.search(rf"^{name} +\d", told, re.M)
    assert "Which to choose" in told


def test_doing_it_again_names_the_command_the_code_and_the_records(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    commit = "0123456789abcdef0123456789abcdef01234567"
    code = {"commit": commit, "dirty": True}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"code": code}), encoding="utf-8")
    page = tell(tmp_path).read_text(encoding="utf-8")
    again = page[page.index('id="again"') : page.index('id="words"')]
    for words in (manifest["command"], "harmony report runs/", commit, "with changes beside it", "3.11.7"):
        assert words in again
    assert "orders.ndjson" in again


def test_names_of_events_on_one_lane_do_not_cover_each_other() -> None:
    def event(kind: str, service: str, ms: int) -> dict[str, str]:
        return {"type": kind, "service": service, "time": f"2026-11-23T02:40:00.{ms:03}+00:00"}

    events = [event("OrderPlaced", "order", 1), event("OrderCompleted", "order", 14)]
    order = {"status": "completed", "closed_ms": 14.0, "events": events}
    drawn = journey(order, looks({"choreography-http": "choreography"})["choreography-http"], 25.0, "one")
    names = re.findall(r'x="([\d.]+)" y="([\d.]+)" class="label event" text-anchor="start">(\w+)<', drawn)
    (placed_x, placed_y, _), (completed_x, completed_y, _) = names
    assert placed_y == completed_y
    assert float(completed_x) - float(placed_x) > 8 * len("OrderPlaced")


def test_a_folder_without_a_summary_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotJudged, match="no summary to tell"):
        tell(tmp_path)
