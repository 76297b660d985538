"""What leads from a replay to its pictures: links that Prometheus understands, and the page of all dashboards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.commands.status_text import link
from tests.benchmarks.test_replay import Replayed, needs_prometheus, written
from tests.test_cli import ROOT


@needs_prometheus
def test_the_page_of_all_dashboards_finds_the_runs_time_by_itself_and_says_when_there_is_nothing(
    tmp_path: Path,
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    replayed = Replayed(written(run), tmp_path)
    page, url = tmp_path / "page.html", replayed.told["url"]
    drawn = preview(url, str(page))
    assert drawn.returncode == 0, drawn.stderr
    assert str(page) in drawn.stdout
    assert "choreography-streams closed" in page.read_text()
    asked = str(replayed.told["preview"])
    assert asked.startswith(f"make preview PROMETHEUS={url} FROM=")
    since, to = (field.partition("=")[2] for field in asked.split()[-2:])
    assert int(since) < int(to) == replayed.told["to_ms"] / 1000
    empty = preview(url, str(tmp_path / "none.html"), "--from", "1000", "--to", "2000")
    assert empty.returncode == 1
    assert "no page was written" in empty.stderr
    assert not (tmp_path / "none.html").exists()
    assert replayed.process.stdin is not None
    replayed.process.stdin.close()
    assert replayed.process.wait(10) == 0


def test_without_prometheus_the_page_says_how_to_have_one(tmp_path: Path) -> None:
    refused = preview("http://127.0.0.1:9", str(tmp_path / "page.html"))
    assert refused.returncode == 3
    assert "harmony up --observability" in refused.stderr


def preview(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dashboards.preview", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_link_ends_with_a_full_minute_and_begins_where_it_was_told() -> None:
    shown = parse_qs(urlsplit(link("http://here", "up", range_s=65, end_s=1_795_670_036)).query)
    assert shown["g0.end_input"] == ["2026-11-26 05:14:00"]
    assert shown["g0.range_input"] == ["69s"]
    to_the_minute = parse_qs(urlsplit(link("http://here", "up", range_s=65, end_s=1_795_670_040)).query)
    assert to_the_minute["g0.range_input"] == ["65s"]
