"""The judge is tried on a made-up run whose truth is known: what was put in must come out, and nothing that was not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.judge import RunUnusable, judge
from benchmarks.rows import read_rows, write_rows
from tests.benchmarks.synthetic import Shape, write

Summary = dict[str, Any]

ORCHESTRATION, CHOREOGRAPHY = "orchestration-http", "choreography-streams"
SHAPE = Shape(pairs=10, rate=40.0, block_s=1.5, fault_s=9.0)
CLOCKS = ("accepted", "decided", "closed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records of a run."""
    return write(tmp_path_factory.mktemp("run"), SHAPE)


@pytest.fixture(scope="module")
def summary(folder: Path) -> Summary:
    """Its summary."""
    return judge(folder)


def small(folder: Path, **changed: Any) -> Path:
    """A small run of its own, with some of its manifest changed."""
    write(folder, Shape(pairs=2, block_s=0.5, fault_s=4.0))
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | changed))
    return folder


def compared(summary: Summary, measure: str) -> dict[str, Any]:
    """The comparison in a measure."""
    return next(row for row in summary["comparisons"] if row["measure"] == measure)


def test_the_summary_has_the_shape_of_the_contract(summary: Summary) -> None:
    assert {"experiment", "question", "seed", "ok", "partial", "arms", "comparisons"} <= set(summary)
    assert {"checks", "verdicts", "blast_radius"} <= set(summary)
    for arm in summary["arms"].values():
        assert {"due", "sent", "accepted", "completed", "cancelled", "failed", "open"} <= set(arm["orders"])
        assert set(arm["latency_ms"]) == set(CLOCKS)
        for clock in CLOCKS:
            wanted = {"count", "p50", "p90", "p99", "max", "p50_interval", "p99_interval"}
            assert wanted <= set(arm["latency_ms"][clock])
        assert {"cpu_ms_per_order", "messages_per_order", "bytes_per_order", "memory_mib"} <= set(arm["cost"])


def test_a_sound_run_is_ok_and_every_check_has_looked_at_something(summary: Summary) -> None:
    assert summary["ok"]
    assert all(check["looked_at"] > 0 for check in summary["checks"])


def test_judging_again_from_the_folder_gives_the_same(folder: Path, summary: Summary) -> None:
    assert judge(folder) == summary
    assert json.loads((folder / "summary.json").read_text()) == summary


def test_a_run_whose_orders_were_never_joined_is_judged_alike(tmp_path: Path) -> None:
    run = small(tmp_path)
    whole = judge(run)
    (run / "orders.ndjson").unlink()
    assert judge(run) == whole


def test_every_arrival_is_counted_once(summary: Summary) -> None:
    for arm in summary["arms"].values():
        orders = arm["orders_of_the_run"]
        ended = orders["completed"] + orders["cancelled"] + orders["open"] + orders["failed"] + orders["refused"]
        assert ended == orders["due"] == orders["sent"]
        assert orders["accepted"] == orders["due"] - orders["refused"]


def test_the_faster_and_cheaper_arm_is_found(summary: Summary) -> None:
    for measure in ("closed_ms_p50", "cpu_ms_per_order"):
        row = compared(summary, measure)
        assert (row["a"], row["b"], row["blocks"]) == (ORCHESTRATION, CHOREOGRAPHY, 10)
        assert row["verdict"] == f"{ORCHESTRATION} higher"
        assert 0 < row["interval"][0] < row["difference"] < row["interval"][1]


def test_equal_doors_show_no_difference_or_next_to_none(summary: Summary) -> None:
    assert abs(compared(summary, "accepted_ms_p50")["difference"]) < 0.3


def test_a_p99_of_small_blocks_is_pooled_and_gives_no_verdict(summary: Summary) -> None:
    row = compared(summary, "closed_ms_p99")
    assert (row["interval"], row["verdict"]) == (None, "no verdict: blocks too small for it")
    assert summary["arms"][ORCHESTRATION]["latency_ms"]["closed"]["p99_how"] == "pooled over 10 blocks"


def test_few_blocks_give_no_verdict(tmp_path: Path) -> None:
    row = compared(judge(small(tmp_path)), "cpu_ms_per_order")
    assert row["verdict"] == "no verdict: 2 blocks a side, 10 are needed"
    assert row["difference"] is not None


def test_the_fault_harms_who_met_it_and_nobody_in_the_control(summary: Summary) -> None:
    for blast in summary["blast_radius"]:
        split = blast["by_exposure"].values()
        assert blast["harmed"] == sum(part["harmed"] for part in split) == sum(blast["by_kind"].values()) > 0
        assert blast["exposed"] == sum(part["exposed"] for part in split)
        assert blast["control"] == {"exposed": blast["exposed"], "harmed": 0}
        assert blast["goodput_lost"] == blast["harmed"] == blast["by_kind"]["late"]
        assert blast["self_healed"]
        assert 0 < blast["recovery_s"] < 3


def test_orders_that_never_close_stay_in_every_figure(tmp_path: Path) -> None:
    lost = judge(write(tmp_path, Shape(pairs=2, block_s=0.5, fault_s=8.0, lost=3)))
    assert not lost["ok"]
    for blast in lost["blast_radius"]:
        assert (blast["by_kind"]["lost_or_open"], blast["recovery_s"], blast["self_healed"]) == (3, None, False)
    failed = {check["id"] for check in lost["checks"] if not check["ok"]}
    assert "every_order_closed" in failed


def test_censored_orders_push_percentiles_up_and_out(tmp_path: Path) -> None:
    run = small(tmp_path)
    rows = list(read_rows(run / "orders.ndjson"))
    measured = {block["block"] for block in read_rows(run / "blocks.ndjson") if block["phase"] == "measure"}
    hit = [row for row in rows if row["arm"] == ORCHESTRATION and row["block"] in measured]
    for row in hit[::3]:
        row["closed_ms"] = None
    write_rows(run / "orders.ndjson", rows)
    closed = judge(run)["arms"][ORCHESTRATION]["latency_ms"]["closed"]
    assert closed["censored"] > 0
    assert (closed["p90"], closed["p99"], closed["max"]) == (None, None, None)


def test_unknown_is_null_and_never_zero(tmp_path: Path) -> None:
    run = small(tmp_path, ledger={})
    blocks = list(read_rows(run / "blocks.ndjson"))
    for block in blocks:
        block["cpu_ms"]["redis"] = None
        block["memory_mib"] = None
    write_rows(run / "blocks.ndjson", blocks)
    cost = judge(run)["arms"][ORCHESTRATION]["cost"]
    names = ("cpu_ms_per_order", "memory_mib", "messages_per_order", "bytes_per_order")
    assert [cost[name] for name in names] == [None] * 4


def test_a_load_that_did_not_keep_up_spoils_the_run(tmp_path: Path) -> None:
    run = small(tmp_path)
    blocks = list(read_rows(run / "blocks.ndjson"))
    blocks[0]["skipped"] = 7
    write_rows(run / "blocks.ndjson", blocks)
    spoiled = judge(run)
    assert not spoiled["ok"]
    assert any("could not be sent" in sentence for sentence in spoiled["headline"])


def test_arms_under_unequal_conditions_fail_a_check(tmp_path: Path) -> None:
    unequal = judge(small(tmp_path, ledger_differences=["durability of Redis: one has always, one everysec"]))
    assert [check["id"] for check in unequal["checks"] if not check["ok"]] == ["equal_conditions"]


def test_an_interrupted_run_is_partial_and_says_so(tmp_path: Path) -> None:
    partial = judge(small(tmp_path, partial=True, at_rest={}))
    assert partial["partial"]
    assert any("interrupted" in sentence for sentence in partial["headline"])


def test_what_is_no_run_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunUnusable, match="is not the folder of a run"):
        judge(tmp_path)


def test_findings_carry_numbers_doubt_and_the_confounding(summary: Summary) -> None:
    told = " ".join(summary["headline"])
    assert f"{CHOREOGRAPHY} closed an order in" in told
    assert "95 % interval" in told
    assert "10 blocks a side" in told
    assert "Pattern and transport differ between these two arms" in told
    assert "payment-1 killed for 3.0 s" in told


def test_made_up_records_can_never_pass_for_measured_ones(summary: Summary) -> None:
    assert summary["synthetic"]
    assert summary["headline"][0].startswith("SYNTHETIC")
