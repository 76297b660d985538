"""Of a commit the newest whole run is meant; of two commits, the newest two that asked the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare.finding import NotFound, found

OLD, NEW = "aaaa1111" * 5, "bbbb2222" * 5


def run(runs: Path, name: str, commit: str | None, started: str, **more: Any) -> Path:
    """A folder with a manifest, and nothing else."""
    manifest = {"experiment": "latency", "seed": 7, "started": started, "ended": started, "partial": False} | more
    if commit:
        manifest["code"] = {"commit": commit, "dirty": False}
    (runs / name).mkdir(parents=True)
    (runs / name / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return runs / name


def test_folders_are_meant_as_they_stand(tmp_path: Path) -> None:
    a, b = run(tmp_path, "a", None, "1"), run(tmp_path, "b", None, "2")
    assert found(str(a), str(b), tmp_path / "elsewhere") == (a, b)


def test_of_a_commit_the_newest_whole_run_is_meant(tmp_path: Path) -> None:
    run(tmp_path, "first", OLD, "2026-01-01")
    second = run(tmp_path, "second", OLD, "2026-01-02")
    run(tmp_path, "cut-short", OLD, "2026-01-03", partial=True)
    run(tmp_path, "spoiled", OLD, "2026-01-04", spoiled="the load stopped")
    run(tmp_path, "older-lab", None, "2026-01-05")
    after = run(tmp_path, "after", NEW, "2026-01-06")
    (tmp_path / "latest").symlink_to(after, target_is_directory=True)
    assert found(OLD[:7], NEW[:7], tmp_path) == (second, after)
    assert found(OLD[:7], str(after), tmp_path) == (second, after)


def test_of_two_commits_the_newest_runs_that_asked_the_same_are_meant(tmp_path: Path) -> None:
    before = run(tmp_path, "latency-old", OLD, "1")
    run(tmp_path, "demo-old", OLD, "2", experiment="demo")
    after = run(tmp_path, "latency-new", NEW, "3")
    run(tmp_path, "latency-other-seed", NEW, "4", seed=8)
    assert found(OLD, NEW, tmp_path) == (before, after)


def test_two_runs_of_one_commit_are_compared_with_each_other_but_never_a_run_with_itself(tmp_path: Path) -> None:
    first = run(tmp_path, "first", OLD, "1")
    with pytest.raises(NotFound, match="one run"):
        found(OLD, OLD, tmp_path)
    second = run(tmp_path, "second", OLD, "2")
    assert found(OLD, OLD, tmp_path) == (first, second)


@pytest.mark.parametrize(("word", "why"), [("nothing/here", "neither"), ("cccc3333", "No whole run"), (".", "no run")])
def test_what_is_no_run_is_said_in_a_sentence(tmp_path: Path, word: str, why: str) -> None:
    a = run(tmp_path, "a", OLD, "1")
    with pytest.raises(NotFound, match=why):
        found(str(a), word, tmp_path)
