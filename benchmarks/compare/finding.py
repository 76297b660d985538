"""Which two runs are meant: folders as they stand, and of a commit the newest whole run that was recorded of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import runfolder

MANIFEST = "manifest.json"
DIGITS_MIN = 4  # of a commit: git takes no fewer
HEX = frozenset("0123456789abcdef")


class NotFound(Exception):
    """No such run. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that may be meant, and what must be alike for two to be compared."""

    folder: Path
    started: str
    alike: tuple[Any, ...]


def found(a: str, b: str, runs: Path) -> tuple[Path, Path]:
    """The folders of A and B: of commits, the newest two that asked the same. Raises NotFound.

    When none asked the same, the newest of each: the comparison then says why it is refused.
    """
    of_a, of_b = _candidates(a, runs), _candidates(b, runs)
    pairs = [(left, right) for right in of_b for left in of_a if left.folder != right.folder]
    if not pairs:
        raise NotFound(f"{a} and {b} are one run: there is nothing to compare.")
    left, right = next((pair for pair in pairs if pair[0].alike == pair[1].alike), pairs[0])
    return left.folder, right.folder


def _candidates(word: str, runs: Path) -> list[Candidate]:
    """Newest first; the one folder, when it is one."""
    folder = Path(word)
    if (folder / MANIFEST).is_file():
        return [Candidate(folder.resolve(), "", _asked(_manifest(folder)))]
    if folder.is_dir():
        raise NotFound(f"{word} is no run: it has no {MANIFEST}. `harmony run` keeps runs in {runs}.")
    commit = runfolder.commit(word) or word.lower()
    if len(commit) < DIGITS_MIN or not HEX.issuperset(commit):
        raise NotFound(f"{word} is neither a run's folder nor a commit.")
    of_it = sorted(_recorded_of(commit, runs), key=lambda each: each.started, reverse=True)
    if not of_it:
        raise NotFound(f"No whole run of commit {word} is in {runs}: record one there with `harmony run`.")
    return of_it


def _recorded_of(commit: str, runs: Path) -> Iterator[Candidate]:
    """Whole runs of the commit, with changes beside it or without: the comparison says which."""
    for file in runs.glob(f"*/{MANIFEST}"):
        if file.parent.is_symlink():
            continue
        manifest = _manifest(file.parent)
        code = manifest.get("code")
        whole = manifest.get("ended") and not manifest.get("partial") and not manifest.get("spoiled")
        if whole and isinstance(code, dict) and str(code.get("commit")).startswith(commit):
            yield Candidate(file.parent.resolve(), str(manifest.get("started")), _asked(manifest))


def _asked(manifest: dict[str, Any]) -> tuple[Any, ...]:
    return manifest.get("experiment"), manifest.get("seed"), json.dumps(manifest.get("plan"))


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest, {} for one that cannot be read: who reads the run says so."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
