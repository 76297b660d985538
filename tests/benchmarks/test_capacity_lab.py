"""A search of a real lab that is cut short after its first probe: recorded, audited, judged and told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.capacity import judging, telling
from benchmarks.capacity.recording import Recording
from benchmarks.runfolder import RunFolder
from common.settings import Settings

ARM = "orchestration-streams"


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = RunFolder.make(tmp_path_factory.mktemp("runs"), "capacity")
    heard: list[dict[str, Any]] = []
    Recording((ARM,), 7, Settings(seed=7), folder, heard.append, wanted=("search",), search_s_max=1.0).record()
    said = [event["said"] for event in heard if event["event"] == "probed"]
    assert said
    return judging.judge(folder.path) | {"folder": str(folder.path), "said": said}


def test_what_was_tried_is_told_and_what_lies_above_is_unknown(summary: dict[str, Any]) -> None:
    found = summary["arms"][ARM]["capacity"]
    if summary["said"] == ["carried"]:
        assert (found["rate"], found["interval"], found["limit"]) == (60.0, [60.0, None], "none")
        assert any("60 orders a second at least" in sentence for sentence in summary["findings"])
        assert summary["ok"], summary["findings"]
    else:  # a busy machine: what it carries is no promise
        assert found["rate"] is None or found["rate"] <= 60.0
    assert found["cut"]


def test_every_order_is_accounted_for_and_every_invariant_held(summary: dict[str, Any]) -> None:
    assert [check for check in summary["checks"] if not check["ok"]] == []
    counts = summary["arms"][ARM]["orders"]
    assert counts["due"] == counts["sent"] > 100
    assert counts["open"] == 0
    looked_at = {check["id"]: check["looked_at"] for check in summary["checks"]}
    assert looked_at["every_order_closed"] >= counts["accepted"]
    assert looked_at["conforms"]


def test_what_an_order_costs_and_who_works_most_was_seen(summary: dict[str, Any]) -> None:
    each = summary["arms"][ARM]
    assert each["cost"]["cpu_ms_per_order"] > 0.1
    assert 8 < each["cost"]["messages_per_order"] < 16
    assert each["saturation"]["first"] == "orchestrator-1"
    assert 0 < each["saturation"]["cores_load"] < 1


def test_the_page_says_it_and_needs_nothing_from_elsewhere(summary: dict[str, Any]) -> None:
    page = telling.tell(Path(summary["folder"])).read_text(encoding="utf-8")
    assert "no higher rate was tried" in page or summary["said"] != ["carried"]
    assert json.loads((Path(summary["folder"]) / "manifest.json").read_text(encoding="utf-8"))["stages"] == ["search"]
