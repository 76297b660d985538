"""A run says of which commit its code was, wherever it ran: in a checkout, in somebody else's, in none."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import runfolder

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A new checkout with one committed package, and git in it."""

    def told(*words: str) -> str:
        who = ("-c", "user.name=lab", "-c", "user.email=lab@localhost", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(tmp_path), *who, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("", encoding="utf-8")
    told("init", "-q")
    told("add", "package")
    told("commit", "-q", "-m", "first")
    return told


def test_a_run_in_a_checkout_says_its_commit_and_that_nothing_was_changed(git: Git, tmp_path: Path) -> None:
    assert runfolder.code(tmp_path / "package") == {"commit": git("rev-parse", "HEAD"), "dirty": False}


def test_a_changed_line_and_a_new_file_make_the_checkout_dirty(git: Git, tmp_path: Path) -> None:
    (tmp_path / "package" / "__init__.py").write_text("changed = True\n", encoding="utf-8")
    assert runfolder.code(tmp_path / "package") == {"commit": git("rev-parse", "HEAD"), "dirty": True}
    git("checkout", "-q", "package")
    (tmp_path / "package" / "new.py").write_text("", encoding="utf-8")
    assert runfolder.code(tmp_path / "package") == {"commit": git("rev-parse", "HEAD"), "dirty": True}


def test_a_package_that_lies_in_somebody_else_s_checkout_has_no_commit(git: Git, tmp_path: Path) -> None:
    installed = tmp_path / "site-packages" / "harmony"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("", encoding="utf-8")
    assert git("status", "--porcelain")
    assert runfolder.code(installed) is None


def test_without_a_checkout_or_without_git_the_commit_is_unknown(
    git: Git, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runfolder.code(tmp_path_factory.mktemp("nowhere")) is None
    assert git("status", "--porcelain") == ""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert runfolder.code(tmp_path / "package") is None
