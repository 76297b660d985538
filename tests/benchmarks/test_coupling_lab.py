"""A short coupling run of a real lab, in which payment is taken away; then judged with some of its records gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.programmes import PROGRAMMES, Asked, programme
from benchmarks.coupling.plan import Size, planned
from benchmarks.coupling.running import run_coupling, show

ARM = "orchestration-http"
SMALL = Size(traced_s=2.4, before_s=0.3, away_s=1.8, after_s=0.3, warm_s=0.4, only=("payment",))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    """The exit code, and the run's folder."""
    out = tmp_path_factory.mktemp("runs")
    code = run_coupling(Asked((ARM,), 7, out, {}, {}), SMALL, json=True)
    return code, (out / "latest").resolve()


@pytest.fixture
def copy(ran: tuple[int, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(ran[1], tmp_path / "run"))


def summary_of(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return read


def failed(summary: dict[str, Any]) -> set[str]:
    return {check["id"] for check in summary["checks"] if not check["ok"]}


def test_while_payment_is_away_orders_are_accepted_and_not_decided(ran: tuple[int, Path]) -> None:
    code, summary = ran[0], summary_of(ran[1])
    assert (code, failed(summary)) == (0, set())
    seen = summary["coupling"]["arms"][ARM]["temporal"]["away"]["payment"]
    assert {clock: cell["verdict"] for clock, cell in seen["served"].items()} == {
        "accept": "yes",
        "decide": "no",
        "close": "no",
    }
    assert all(cell["as_expected"] and cell["due"] for cell in seen["served"].values())
    assert seen["after"]["all_closed"]


def test_at_work_the_orchestrator_is_in_the_middle_and_waits(ran: tuple[int, Path]) -> None:
    at_work = summary_of(ran[1])["coupling"]["arms"][ARM]["runtime"]
    assert at_work["centre"] == {"component": "orchestrator", "share": 1.0}
    assert at_work["sync_depth"]["max"] == 1
    assert 0 < at_work["blocking_share"]["p50"] <= 1
    assert all(each["blocking"] and each["bytes_per_order"] > 0 for each in at_work["edges"])
    assert at_work["messages_per_order"] == pytest.approx(at_work["traced_messages_per_order"])


def test_the_report_is_one_page_that_loads_nothing(ran: tuple[int, Path]) -> None:
    page = (ran[1] / "report.html").read_text(encoding="utf-8")
    assert "While payment is away: orchestration-http accepts all, decides and closes none." in page
    assert "src=" not in page
    assert "https://" not in page
    assert len(page) < 2_000_000
    assert "While payment is away" in (ran[1] / "report.md").read_text(encoding="utf-8")


def test_judging_again_says_the_same(ran: tuple[int, Path], copy: Path) -> None:
    assert show(copy, json=True) == 0
    assert summary_of(copy) == summary_of(ran[1])


def test_without_traces_nothing_is_said(copy: Path) -> None:
    (copy / "traces.ndjson").unlink()
    assert show(copy, json=True) == 1
    summary = summary_of(copy)
    assert {"coupling_traced", "coupling_counted"} <= failed(summary)
    assert "0 of" in summary["withheld"]
    assert summary["findings"][0]["text"].startswith("The verdict is withheld")


def test_an_outage_that_was_never_seen_is_no_verdict(copy: Path) -> None:
    (copy / "faults.ndjson").write_text("", encoding="utf-8")
    assert show(copy, json=True) == 1
    summary = summary_of(copy)
    assert "payment was never away" in summary["withheld"]
    assert summary["coupling"]["arms"][ARM]["temporal"]["away"] == {}


def test_an_arm_that_does_not_keep_up_in_peace_is_seen(copy: Path) -> None:
    rows = [json.loads(line) for line in (copy / "orders.ndjson").read_text(encoding="utf-8").splitlines()]
    traced = min(row["block"] for row in rows) + 1
    late = [
        row | ({"closed_ms": row["closed_ms"] + 9000} if row["block"] == traced else {})
        for row in rows
        if row["closed_ms"]
    ]
    (copy / "orders.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in late), encoding="utf-8")
    assert show(copy, json=True) == 1
    assert "coupling_in_peace" in failed(summary_of(copy))


def test_a_component_is_taken_away_where_there_is_one() -> None:
    phases = planned(("orchestration-rq", "choreography-streams"), Size(), {"payment": 2}).phases
    outages = {phase.faults[0].target: phase for phase in phases if phase.kind == "fault"}
    assert outages["worker-1"].arms == ("orchestration-rq",)
    assert outages["order-1"].arms == outages["redis"].arms == ("orchestration-rq", "choreography-streams")
    assert [fault.target for fault in outages["payment-1"].faults] == ["payment-1", "payment-2"]


def test_harmony_knows_where_to_find_it() -> None:
    assert PROGRAMMES["coupling"] == "benchmarks.coupling.running"
    assert programme("coupling").show is show
