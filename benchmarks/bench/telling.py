"""Tells a bench: its `bench.json` becomes `bench.html` (one file, nothing loaded from elsewhere) and `bench.md`.

Computes nothing: what it prints was measured and judged before. The pages can be written again from the folder alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.bench.drawing import drawn, marks, shown
from benchmarks.bench.kept import FILE
from benchmarks.bench.page import MARKS, summed
from benchmarks.pages import machine_in_words, rendered

PAGES = {"bench.html": "bench.html.j2", "bench.md": "bench.md.j2"}
WORDS = {
    "met": "met",
    "about": "about met: the interval contains the goal",
    "missed": "missed",
    "reported": "reported, no goal",
    "not measured": "not measured",
}
CLASSES = {"met": "yes", "about": "about", "missed": "no", "reported": "idle", "not measured": "idle"}


def tell(folder: Path) -> Path:
    """Write both pages and return the path of the HTML one. Raises ValueError for a folder without a bench, OSError."""
    told = _told(_read(folder), folder)
    for file, template in PAGES.items():
        (folder / file).write_text(rendered(template, told), encoding="utf-8")
    return folder / "bench.html"


def _read(folder: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        tellable = "peers" in kept and all("mark" in row for row in kept["rows"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder} holds no bench: {FILE} is missing or broken. Name one of runs/*-bench.") from error
    if not tellable:
        raise ValueError(
            f"{folder} was made by an earlier bench, whose figures cannot be told: run `make bench` again."
        )
    return kept


def _told(kept: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    found = marks(kept["rows"])
    wrong = [row["id"] for row in kept["rows"] if row["exact"] is False]
    orders = sum(row["orders"] for row in kept["rows"])
    return {
        "kept": kept,
        "rows": [_row(row) for row in kept["rows"]],
        "summed": summed([row["mark"] for row in kept["rows"]]),
        "books": f"the books are WRONG in {', '.join(wrong)}" if wrong else f"{orders:,} orders, the books exact",
        "wrong": bool(wrong),
        "machine": machine_in_words(kept["machine"]),
        "peers": ", ".join(f"{peer} {version or 'not installed'}" for peer, version in kept["peers"].items()),
        "picture": drawn(found),
        "folder": folder.resolve().name,
        "command": f"make bench ONLY={','.join(kept['chosen'])}" if _some(kept) else "make bench",
    }


def _some(kept: Mapping[str, Any]) -> bool:
    from benchmarks.bench.goals import GOALS

    return list(kept["chosen"]) != list(GOALS)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {
        "sign": MARKS[row["mark"]][0],
        "word": WORDS[row["mark"]],
        "tone": CLASSES[row["mark"]],
        "goal": row["goal"] or "reported",
        "peer": row["peer"] or "",
        "books": {True: "exact", False: "WRONG", None: ""}[row["exact"]],
        "told": [f"{each['what']}: {shown(each)}" for each in row["figures"]],
    }
