"""A real Prometheus watches a real lab, and is asked every query of every board and rule: the proof without Grafana."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import httpx
import pytest

from compose.arms import OWN
from dashboards.asking import expand
from dashboards.grafana.boards import BOARDS
from dashboards.preview.page import page as page_of
from dashboards.preview.window import Window
from tests.dashboards.querylog import LOG, answers, numbers, page
from tests.dashboards.reading import FILES, board, panels, queries, rules
from tests.dashboards.scene import Scene

pytestmark = pytest.mark.timeout(180)

NOT_SHOWN: dict[str, str] = {}
"""Exported and on no board and in no rule, each with its reason."""

PARTS = re.compile(r"_(?:bucket|count|sum)$")


def test_every_query_of_every_board_is_answered(scene: Scene) -> None:
    told = list(answers(scene))
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text(page(told), encoding="utf-8")
    print(f"{sum(1 for each in told if each.series)} of {len(told)} queries with data; all of them in {LOG}")
    owed = [f"{each.board}: {each.panel}: {each.query}" for each in told if each.owed]
    assert not owed, "\n".join(["No data, though the lab had it (see Target.needs):", *owed])
    assert len(told) > 100


def test_every_recorded_figure_is_there_and_every_rule_can_be_evaluated(scene: Scene) -> None:
    groups = scene.prometheus.get("rules")["groups"]
    judged = {each["name"]: each for group in groups for each in group["rules"]}
    assert set(judged) == set(rules())
    ill = {name: each["lastError"] for name, each in judged.items() if each["health"] != "ok"}
    assert not ill, ill
    for name, each in judged.items():
        if each["type"] == "recording":
            found = scene.prometheus.over(name, scene.start_s, scene.end_s, 1)
            assert any(numbers(series) for series in found), f"{name} has no value"


def test_what_happened_has_rung_and_nothing_else(scene: Scene) -> None:
    rung = scene.prometheus.over('ALERTS{alertstate="firing"}', scene.start_s, scene.end_s, 1)
    names = {series.labels["alertname"] for series in rung}
    assert {"HarmonyOrdersMissedFast", "HarmonyDeadLetters", "HarmonySpansDropped"} <= names
    assert not names & {"HarmonyInvariantViolated", "HarmonyAuditLookedAtNothing", "HarmonyAuditStale"}
    assert "HarmonyProcessDown" not in names, "who is down on purpose is nobody's surprise"


def test_every_arm_and_both_patterns_are_on_every_board(scene: Scene) -> None:
    closed = expand(queries_of("harmony-overview")[0], scene.end_s - scene.start_s)
    found = scene.prometheus.at(closed, scene.end_s)
    assert len({(each.labels["pattern"], each.labels["transport"]) for each in found}) == len(OWN)


def queries_of(uid: str) -> list[str]:
    """The queries of a board, from the first panel on."""
    return [each.query for file in FILES if file.stem == uid for each in queries(board(file))]


def test_a_clock_points_to_traces(scene: Scene) -> None:
    for each in BOARDS:
        for panel in each.panels():
            for target in panel.targets:
                if target.exemplar:
                    asked = expand(target.query, scene.end_s - scene.start_s)
                    found = scene.prometheus.exemplars(asked, scene.start_s, scene.end_s)
                    ids = [point["labels"]["trace_id"] for series in found for point in series["exemplars"]]
                    assert ids, f"{each.uid}: {panel.title} points to no trace"
                    assert all(re.fullmatch("[0-9a-f]{32}", trace) for trace in ids)


@pytest.mark.parametrize("name", ["job", "instance", "pattern", "transport", "service"])
def test_every_choice_on_top_of_a_board_has_something_to_choose_from(scene: Scene, name: str) -> None:
    for file in FILES:
        for variable in board(file)["templating"]["list"]:
            if variable["name"] == name:
                found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
                assert found
                assert len(scene.prometheus.label_values(found[2], expand(found[1], 60))) >= 2, f"{file.stem}: {name}"


def test_what_is_shown_is_exported_and_what_is_exported_is_shown(scene: Scene) -> None:
    exported = _exported(scene.urls)
    shown = {
        PARTS.sub("", metric)
        for text in (*(each.query for file in FILES for each in queries(board(file))), *rules().values())
        for metric in re.findall(r"(?<![:\w])harmony_\w+", text)
    }
    assert shown <= exported, f"exported by nobody: {sorted(shown - exported)}"
    unseen = exported - shown - set(NOT_SHOWN)
    assert not unseen, f"put them on a board, or into NOT_SHOWN with a reason: {sorted(unseen)}"
    assert not set(NOT_SHOWN) & shown, "shown after all"


def test_the_boards_can_be_looked_at_without_grafana(scene: Scene) -> None:
    boards = [board(file) for file in FILES]
    drawn = page_of(scene.prometheus, boards, Window(scene.start_s, scene.end_s))
    for each in boards:
        assert each["title"] in drawn
        assert all(escape(panel["title"]) in drawn for panel in panels(each))
    assert all(f"kill payment-1 in {arm}" in drawn for arm in OWN), "a fault's band says whose it is"
    assert drawn.count("<svg") > 60
    assert not re.search(r"(?:src|href)=|@import|url\((?!#)", drawn), "it needs nothing but itself"


def _exported(urls: Iterable[str]) -> set[str]:
    """The names in all pages; a counter with its _total."""
    names = set()
    for url in urls:
        text = httpx.get(url, trust_env=False).text
        kinds = dict(re.findall(r"^# TYPE (harmony_\w+) (\w+)$", text, re.MULTILINE))
        names |= {name for name in kinds if not name.endswith("_created")}
    return names
