"""The dashboards are what the code says, and keep the rules of Grafana's own dashboard-linter, written anew.

What each of that linter's rules asks for is told in its docs/rules; ours are a little stricter, as marked.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboards.asking import expand
from dashboards.grafana.__main__ import text
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.looks import AXIS, COLOURS
from dashboards.grafana.queries import ARM_NAME, CLOSING, PATTERNS, STEADY
from dashboards.grafana.variables import SLO_CHOICES
from tests.dashboards.reading import FILES, GRAFANA, Json, board, panels, queries, selectors

every_board = pytest.mark.parametrize("it", [board(file) for file in FILES], ids=[file.stem for file in FILES])
ALLOWED_UNITS = {"short", "none", "percentunit", "bytes", "s", "ms", "ops", "reqps", "mps"}
COUNTED = r"(?:_total|_count|_sum|_bucket)\{"


def variable(it: Json, name: str) -> Json:
    """A variable of a dashboard; an empty one where there is none."""
    return next((each for each in it["templating"]["list"] if each["name"] == name), {})


def test_the_committed_dashboards_are_what_the_code_says() -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in FILES}
    meant = {f"{each.uid}.json": text(each) for each in BOARDS}
    assert written == meant, "Run: python -m dashboards.grafana"


@every_board
def test_a_board_cannot_be_edited_where_it_is_shown(it: Json) -> None:
    assert it["editable"] is False, "Set editable to false: boards are code, and an edit would be lost."
    provisioned = (GRAFANA / "provisioning" / "dashboards" / "harmony.yml").read_text(encoding="utf-8")
    assert "allowUiUpdates: false" in provisioned


@every_board
def test_the_data_source_can_be_chosen_and_is_the_provisioned_one_at_first(it: Json) -> None:
    sources = [each for each in it["templating"]["list"] if each["type"] == "datasource"]
    assert [(each["name"], each["label"], each["query"]) for each in sources] == [
        ("datasource", "Data source", "prometheus")
    ], "Have exactly one variable of the type datasource, named so: everything else points to it."
    provisioned = (GRAFANA / "provisioning" / "datasources" / "harmony.yml").read_text(encoding="utf-8")
    assert f"uid: {sources[0]['current']['value']}\n" in provisioned


@every_board
@pytest.mark.parametrize("name", ["job", "instance", "pattern", "transport"])
def test_whose_figures_are_shown_can_be_chosen(it: Json, name: str) -> None:
    told = variable(it, name)
    assert told, f"Add the variable {name}."
    assert told["type"] == "query"
    assert told["datasource"]["uid"] in ("$datasource", "${datasource}"), "Ask the data source that was chosen."
    assert told["label"] == name.capitalize(), f"Label it {name.capitalize()}."
    assert told["multi"], "Let several be chosen."
    assert told["allValue"] == ".+", 'Let "All" mean .+, not a list of what there was when the page was loaded.'


@every_board
def test_choices_are_looked_up_anew_when_the_time_changes(it: Json) -> None:
    for each in it["templating"]["list"]:
        if each["type"] == "query":
            assert each["refresh"] == 2, f"{each['name']}: set refresh to 2, On Time Range Change."
            assert re.fullmatch(r"label_values\(.+\{.+\}, \w+\)|label_values\(\{.+\}, \w+\)", each["query"]["query"])


@every_board
def test_every_panel_asks_the_chosen_data_source(it: Json) -> None:
    for panel in panels(it):
        for asks in (panel, *panel["targets"]):
            assert asks["datasource"]["uid"] in ("$datasource", "${datasource}"), (
                f"{panel['title']}: use ${{datasource}}"
            )


@every_board
def test_every_panel_says_what_it_shows_and_in_which_unit(it: Json) -> None:
    for panel in panels(it):
        assert panel["title"], f"panel {panel['id']}: give it a title"
        assert len(panel["description"]) > 20, f"{panel['title']}: say what it shows, and how to read it"
        unit = panel["fieldConfig"]["defaults"]["unit"]
        assert unit in ALLOWED_UNITS, f"{panel['title']}: {unit!r} is none of {sorted(ALLOWED_UNITS)}"


@every_board
def test_every_panel_asks_something(it: Json) -> None:
    for panel in panels(it):
        assert panel["targets"], f"{panel['title']}: give it a query, or take it away"
        assert all(target["expr"] for target in panel["targets"]), f"{panel['title']}: a query is empty"


@every_board
def test_every_query_is_as_narrow_as_what_was_chosen(it: Json) -> None:
    offered = {each["name"] for each in it["templating"]["list"]}
    for asked in queries(it):
        for metric, matchers in selectors(asked.query):
            for name in ("job", "instance", "pattern", "transport"):
                assert f'{name}=~"${name}"' in matchers, f'{asked.where}: {metric} needs {name}=~"${name}"'
        named = set(re.findall(r"\$\{?([a-z_]\w*)", asked.query)) - {"__rate_interval", "__range"}
        assert named <= offered, f"{asked.where}: the board offers no {named - offered}"
        bare = re.findall(r"\b(?:harmony_\w+|up)\b(?!\{)", asked.query)
        assert not bare, f"{asked.where}: {bare} without matchers; use queries.of"


@every_board
def test_rates_follow_the_width_of_what_is_shown(it: Json) -> None:
    for asked in queries(it):
        for call, window in re.findall(r"\b(i?rate|increase)\([^\[]*\[([^\]]*)\]", asked.query):
            told = f"{asked.where}: {call} over {window}; use [$__rate_interval], or increase over [$__range]"
            steady = (call, window) == ("rate", STEADY) and f"> {CLOSING:g})" in asked.query
            assert window == "$__rate_interval" or steady or (call, window) == ("increase", "$__range"), told


@every_board
def test_a_counter_is_never_shown_as_it_stands(it: Json) -> None:
    for asked in queries(it):
        for found in re.finditer(rf"\bharmony_\w*{COUNTED}", asked.query):
            before = asked.query[: found.start()]
            assert re.search(r"(?:rate|increase)\($", before), f"{asked.where}: {found.group()} needs rate or increase"


@every_board
def test_panels_have_numbers_and_places_of_their_own(it: Json) -> None:
    numbers = [panel["id"] for panel in it["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in it["panels"]:
        place = panel["gridPos"]
        mine = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not mine & taken, f"{panel['title']} lies over another panel"
        assert place["x"] + place["w"] <= 24, f"{panel['title']} is wider than the page"
        taken |= mine


@every_board
def test_boards_lead_to_each_other_with_the_same_time_and_choice(it: Json) -> None:
    (link,) = it["links"]
    assert link["type"] == "dashboards"
    assert link["keepTime"]
    assert link["includeVars"]
    assert set(link["tags"]) <= set(it["tags"])


@every_board
def test_every_grafana_from_10_to_13_reads_it(it: Json) -> None:
    assert 39 <= it["schemaVersion"] <= 41
    kinds = {panel["type"] for panel in panels(it)}
    assert kinds <= {"timeseries", "stat", "table", "state-timeline", "heatmap", "nodeGraph"}, "panels that each has"


def test_a_clock_leads_to_the_trace_of_an_order() -> None:
    clocks = board(GRAFANA / "dashboards" / "harmony-clocks.json")
    pointed = [target for panel in panels(clocks) for target in panel["targets"] if target["exemplar"]]
    assert len(pointed) >= 6
    provisioned = (GRAFANA / "provisioning" / "datasources" / "harmony.yml").read_text(encoding="utf-8")
    assert re.search(r"- name: trace_id\n\s+datasourceUid: tempo\n", provisioned)
    assert re.search(r"uid: tempo\n", provisioned)


def test_the_slo_can_only_be_a_bucket_of_the_clocks() -> None:
    from common.telemetry.meters import SECONDS

    assert {float(each) for each in SLO_CHOICES} <= {float(each) for each in SECONDS}


def axes(panel: Json) -> list[str]:
    """The queries that hold a panel's axis."""
    return [target["expr"] for target in panel["targets"] if target["legendFormat"] == AXIS]


def test_both_columns_have_the_same_axis() -> None:
    overview = board(GRAFANA / "dashboards" / "harmony-overview.json")
    beside = [panel for panel in panels(overview) if panel["title"].endswith((": orchestration", ": choreography"))]
    assert len(beside) >= 4
    for left, right in zip(beside[::2], beside[1::2], strict=True):
        assert left["title"].split(":")[0] == right["title"].split(":")[0]
        axes = [
            [each["expr"] for each in panel["targets"] if each["legendFormat"] == "axis"] for panel in (left, right)
        ]
        assert axes[0] == axes[1], f"{left['title']}: use panels.columns"
        assert axes[0]


def test_a_pattern_has_one_colour_everywhere() -> None:
    colours: dict[str, set[str]] = {"orchestration": set(), "choreography": set()}
    for override in re.findall(r'"options": "/\^(\w+)/".*?"fixedColor": "(#\w+)"', _all_boards(), re.DOTALL):
        colours[override[0]].add(override[1])
    assert all(len(each) == 1 for each in colours.values()), colours


@every_board
def test_two_lines_of_one_arm_in_one_panel_differ_in_their_colour(it: Json) -> None:
    for panel in panels(it):
        legends = [each["legendFormat"] for each in panel["targets"] if each["legendFormat"].startswith(ARM_NAME)]
        if panel["type"] == "timeseries" and len(legends) > 1:
            for pattern in PATTERNS:
                names = [legend.replace(ARM_NAME, f"{pattern}-streams") for legend in legends]
                assert len({_colour(panel, name) for name in names}) > 1, f"{panel['title']}: see looks.SECOND"


def _colour(panel: Json, name: str) -> str:
    """The last override that is about it decides, as in Grafana."""
    told = [
        each["value"]["fixedColor"]
        for override in panel["fieldConfig"]["overrides"]
        if re.search(override["matcher"]["options"].strip("/"), name)
        for each in override["properties"]
        if each["id"] == "color"
    ]
    return str(told[-1])


@every_board
def test_a_mark_says_by_its_name_and_colour_whose_fault_it_is(it: Json) -> None:
    for mark in it["annotations"]["list"]:
        (pattern,) = (each for each in PATTERNS if f'pattern="{each}"' in mark["expr"])
        assert mark["name"].lower().startswith(pattern)
        assert mark["iconColor"] == COLOURS[pattern]


def _all_boards() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in FILES)


def test_every_query_is_understood_by_prometheus(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on PATH: install prometheus (Debian: apt-get install prometheus)")
    asked = [each for file in FILES for each in queries(board(file))]
    told = [
        {"record": f"asked:{n}", "expr": expand(each.query, 300), "labels": {"where": each.where}}
        for n, each in enumerate(asked)
    ]
    page = tmp_path / "queries.yml"
    page.write_text(json.dumps({"groups": [{"name": "asked", "rules": told}]}), encoding="utf-8")
    judged = subprocess.run([promtool, "check", "rules", str(page)], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert len(asked) > 80
