"""A comparison on a terminal, on a page and in a pull request: all say the same, the doubt included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.commands import compare_text
from benchmarks.compare import compared, page
from tests.benchmarks import synthetic
from tests.benchmarks.synthetic import Shape, write
from tests.benchmarks.test_report import Page

ARM = "choreography-streams"
COLUMNS = 80


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two runs: the second of a slower choreography, of a dirty commit, with another durability."""
    folder = tmp_path_factory.mktemp("runs")
    write(folder / "before", Shape(fault_s=4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(synthetic.SPEED, ARM, (3.0, 4.9, 0.4))
        write(folder / "after", Shape(fault_s=4))
    file = folder / "after" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest |= {"code": {"commit": "0123456789abcdef" * 2 + "01234567", "dirty": True}}
    manifest["ledger"][ARM]["appendfsync"] = "<always>|"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return str(folder / "before"), str(folder / "after")


@pytest.fixture(scope="module")
def comparison(runs: tuple[str, str]) -> dict[str, Any]:
    """What is to be shown."""
    return compared(*map(Path, runs))


def on_a_terminal(comparison: dict[str, Any]) -> str:
    """What 80 columns show."""
    shown = StringIO()
    Console(file=shown, width=COLUMNS).print(compare_text.drawn(comparison))
    return shown.getvalue()


def all_of(comparison: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every way to show it."""
    yield "terminal", " ".join(on_a_terminal(comparison).split())
    yield "page", " ".join(Page(page.html(comparison)).text.split())
    yield "pull request", page.markdown(comparison)


def test_the_page_is_one_file_that_loads_nothing_and_describes_its_pictures(comparison: dict[str, Any]) -> None:
    shown = Page(page.html(comparison))
    assert shown.loads == []
    assert len(shown.ids) == len(set(shown.ids))
    assert len(shown.pictures) == len([row for row in comparison["measures"] if row["difference"] is not None])
    assert all(picture["aria-labelledby"] for picture in shown.pictures)
    assert "<always>" not in page.html(comparison)


def test_every_column_of_the_page_has_a_heading(comparison: dict[str, Any]) -> None:
    html = page.html(comparison)
    assert html.count("<th ") == html.count("<th scope=")
    assert "<th>" not in html


def test_the_terminal_needs_no_more_than_eighty_columns(comparison: dict[str, Any]) -> None:
    lines = on_a_terminal(comparison).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= COLUMNS
    figures = [line for line in lines if line.startswith(" closed, median")]
    assert figures
    assert all(line.rstrip().endswith(("B higher", "B lower", "none shown")) for line in figures), "a row was broken"


def test_all_of_them_say_the_same_with_the_same_doubt(comparison: dict[str, Any]) -> None:
    row = next(each for each in comparison["measures"] if each["verdict"] == "B higher")
    told = "{:+.2f} [{:+.2f}, {:+.2f}]".format(row["difference"], *row["interval"])
    for where, text in all_of(comparison):
        assert told in text, where
        assert "commit 0123456789ab with changes" in text, where
        assert "3 conditions differ between A and B; any of them may be why" in text, where
        assert "interleave" in text, where


def test_conditions_come_before_figures(comparison: dict[str, Any]) -> None:
    for where, text in all_of(comparison):
        assert text.index("3 conditions differ") < text.index("closed, median"), where


def test_an_arm_that_only_one_run_has_is_named(comparison: dict[str, Any]) -> None:
    more = comparison | {"only_in": {"a": [], "b": ["orchestration-rq"]}}
    for where, text in all_of(more):
        assert "Only in B, so not compared: orchestration-rq." in text, where


def test_a_cell_of_the_pull_request_cannot_end_its_row(comparison: dict[str, Any]) -> None:
    tables = [line for line in page.markdown(comparison).splitlines() if line.startswith("|")]
    assert any("<always>\\|" in line for line in tables)
    columns = [len(re.split(r"(?<!\\)\|", line)) for line in tables]
    assert set(columns) <= {5, 7}


def test_refused_runs_are_shown_without_differences(comparison: dict[str, Any], runs: tuple[str, str]) -> None:
    rows = [
        each | {"difference": None, "interval": None, "shows": "refused", "verdict": "refused"}
        for each in comparison["measures"]
    ]
    gaps = [each | {"change": None, "interval": None, "shows": "refused"} for each in comparison["gaps"]]
    refused = comparison | {"refusals": ["other rate"], "measures": rows, "gaps": gaps, "headline": []}
    for where, text in all_of(refused):
        assert "Not compared: other rate." in text, where
        assert "refused" in text, where


def test_the_command_writes_both_files_and_gives_data(runs: tuple[str, str], tmp_path: Path) -> None:
    html, md = tmp_path / "c.html", tmp_path / "c.md"
    done = CliRunner().invoke(app, ["compare", *runs, "--json", "--html", str(html), "--md", str(md)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["a"]["run"] == "before"
    assert "<!doctype html>" in html.read_text(encoding="utf-8")
    assert md.read_text(encoding="utf-8").startswith("### ")


def test_a_folder_that_is_no_run_and_a_run_with_itself_are_usage(runs: tuple[str, str], tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["compare", runs[0], str(tmp_path)]).exit_code == 2
    assert CliRunner().invoke(app, ["compare", runs[0], runs[0]]).exit_code == 2


def test_runs_that_must_not_be_compared_end_with_one(runs: tuple[str, str], tmp_path: Path) -> None:
    other = write(tmp_path / "other", Shape(fault_s=4, pairs=1, starts=1, rate=90.0))
    done = CliRunner().invoke(app, ["compare", runs[0], str(other)])
    assert done.exit_code == 1
    assert "Not compared: other rate" in done.stdout
