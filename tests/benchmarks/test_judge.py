"""The judge is tried on a made-up run whose truth is known: what was put in must come out, and nothing that was not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.findings.records import bound_percent
from benchmarks.judge import RunUnusable, judge
from benchmarks.report import tell
from benchmarks.rows import read_rows, write_rows
from tests.benchmarks.synthetic import FIVE, Shape, write

Summary = dict[str, Any]

ORCHESTRATION, CHOREOGRAPHY = "orchestration-http", "choreography-streams"
SHAPE = Shape(pairs=10, rate=40.0, block_s=1.5, fault_s=9.0)
CLOCKS = ("accepted", "decided", "closed")
UNEQUAL = "durability of Redis: one has always, one everysec"
NOT_IN_THIS_LOAD = {"asked_again", "one_history"}  # nobody asks twice, and no journals were made up
DIFFERENT = {"appendfsync": UNEQUAL}


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


def changed(folder: Path, file: str, change: Any) -> Path:
    """A small run of its own, with each row of a file changed, or left out where the change says None."""
    run = small(folder)
    rows = [change(row) for row in read_rows(run / file)]
    write_rows(run / file, [row for row in rows if row is not None])
    return run


def check_of(summary: Summary, name: str) -> dict[str, Any]:
    """The check of that id, the first of it."""
    return next(check for check in summary["checks"] if check["id"] == name)


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
    assert {check["id"] for check in summary["checks"] if not check["looked_at"]} <= NOT_IN_THIS_LOAD


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
    unequal = judge(small(tmp_path, ledger_differences=DIFFERENT))
    assert [check["id"] for check in unequal["checks"] if not check["ok"]] == ["equal_conditions"]


def test_arms_under_unequal_conditions_are_not_compared(tmp_path: Path) -> None:
    unequal = judge(small(tmp_path, ledger_differences=DIFFERENT))
    for row in unequal["comparisons"]:
        assert (row["difference"], row["interval"], row["p_value"]) == (None, None, None)
        assert row["verdict"] == f"refused: {UNEQUAL}"
    assert not [each for each in unequal["findings"] if each["kind"] in ("latency", "cost")]
    assert any("not compared" in sentence and UNEQUAL in sentence for sentence in unequal["headline"])


def test_the_check_of_conditions_counts_those_it_compared(tmp_path: Path) -> None:
    seen = check_of(judge(small(tmp_path, ledger_compared=["appendfsync", "serializer"])), "equal_conditions")
    assert (seen["ok"], seen["looked_at"]) == (True, 2)


def test_a_difference_that_was_asked_for_by_name_is_allowed(tmp_path: Path) -> None:
    asked = judge(small(tmp_path, ledger_differences=DIFFERENT, allowed_differences=["appendfsync"]))
    assert asked["ok"]
    assert compared(asked, "cpu_ms_per_order")["difference"] is not None
    assert any("UNEQUAL" in sentence and UNEQUAL in sentence for sentence in asked["headline"]), "and told loudly"
    assert UNEQUAL in check_of(asked, "equal_conditions")["detail"]
    other = judge(small(tmp_path / "other", ledger_differences=DIFFERENT, allowed_differences=["deadline_s"]))
    assert not other["ok"], "asked for another"


def test_an_unsafe_switch_is_told_loudly_and_cannot_be_allowed(tmp_path: Path) -> None:
    sentence = f"unsafe switches: {CHOREOGRAPHY} runs with no-dedupe, and is never comparable"
    run = small(tmp_path, ledger_differences={"unsafe": sentence}, allowed_differences=["unsafe"])
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["ledger"][CHOREOGRAPHY]["unsafe"] = "no-dedupe"
    (run / "manifest.json").write_text(json.dumps(manifest))
    seen = judge(run)
    assert not check_of(seen, "equal_conditions")["ok"]
    assert all(row["verdict"].startswith("refused: unsafe") for row in seen["comparisons"])
    assert any(told.startswith(f"UNSAFE: {CHOREOGRAPHY} ran with no-dedupe") for told in seen["headline"])


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """The summary of a run of all five arms."""
    return judge(write(tmp_path_factory.mktemp("five"), Shape(pairs=10, rate=20.0, fault_s=4.0, arms=FIVE)))


def test_five_arms_are_compared_pattern_with_pattern_on_a_wire_and_wire_with_wire_in_a_pattern(five: Summary) -> None:
    assert five["ok"]
    assert list(dict.fromkeys((row["a"], row["b"]) for row in five["comparisons"])) == [
        ("orchestration-http", "choreography-http"),
        ("orchestration-streams", "choreography-streams"),
        ("orchestration-http", "orchestration-streams"),
        ("choreography-streams", "choreography-http"),
        ("orchestration-http", "orchestration-rq"),
    ]


def test_with_all_four_corners_the_pattern_and_the_wire_are_told_apart(five: Summary, summary: Summary) -> None:
    cpu = {row["factor"]: row for row in five["effects"] if row["measure"] == "cpu_ms_per_order"}
    of_pattern, of_wire = (7.1 - 4.8 + 6.2 - 3.9) / 2, (7.1 - 6.2 + 4.8 - 3.9) / 2
    for factor, put_in in (("pattern", of_pattern), ("transport", of_wire)):
        low, high = cpu[factor]["interval"]
        assert low < cpu[factor]["difference"] < high
        assert cpu[factor]["difference"] == pytest.approx(put_in, abs=0.4)
    assert any("by pattern" in sentence and "by wire" in sentence for sentence in five["headline"])
    assert summary["effects"] == [], "two corners tell nothing apart"


def with_cpu(folder: Path, arm: str, times: float, **manifest: Any) -> Summary:
    """The summary of a small run of all arms in which an order costs one of them so many times as much."""
    run = write(folder, Shape(pairs=10, rate=40.0, block_s=0.8, fault_s=4.0, arms=FIVE))
    blocks = list(read_rows(run / "blocks.ndjson"))
    for block in blocks:
        if block["arm"] == arm:
            block["cpu_ms"] = {name: ms * times for name, ms in block["cpu_ms"].items()}
    write_rows(run / "blocks.ndjson", blocks)
    told = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps(told | manifest))
    return judge(run)


def test_where_the_pattern_matters_on_one_wire_only_no_mean_over_the_wires_is_told(tmp_path: Path) -> None:
    seen = with_cpu(tmp_path, "choreography-http", 7.1 / 4.8)  # as dear as the other pattern on that wire
    rows = {row["factor"]: row for row in seen["effects"] if row["measure"] == "cpu_ms_per_order"}
    assert rows["interaction"]["interval"][0] > 0
    assert rows["interaction"]["difference"] == pytest.approx(6.2 - 3.9, abs=0.6)
    (told,) = [sentence for sentence in seen["headline"] if sentence.startswith("In processor time per order")]
    assert "the patterns' difference depends on the wire" in told
    assert ": on http, " in told
    assert "; on streams, " in told
    assert "by pattern" not in told
    assert any("the wires' difference depends on the pattern" in each["text"] for each in seen["findings"])


def test_an_effect_within_what_the_machine_shows_between_a_thing_and_itself_is_none(tmp_path: Path) -> None:
    seen = with_cpu(tmp_path, "choreography-http", 1.0, noise_floor={"cpu_ms_per_order": 5.0})
    rows = {row["factor"]: row for row in seen["effects"] if row["measure"] == "cpu_ms_per_order"}
    assert {row["verdict"] for row in rows.values()} == {"no difference shown"}
    assert {factor: row["noise_floor"] for factor, row in rows.items()} == {
        "pattern": 5.0,
        "transport": 5.0,
        "interaction": 10.0,  # a difference of two differences
    }


def test_of_many_arms_a_sentence_compares_the_harm_to_orders_that_are_the_same_in_all(five: Summary) -> None:
    (told,) = [sentence for sentence in five["headline"] if "harmed of the orders due meanwhile" in sentence]
    meanwhile = [blast["by_exposure"]["during"] for blast in five["blast_radius"]]
    assert len({each["exposed"] for each in meanwhile}) == 1
    assert all(f"{each['harmed']} of {each['exposed']}" in told for each in meanwhile)


def test_what_a_verdict_lacks_is_said_once(tmp_path: Path) -> None:
    seen = judge(write(tmp_path, Shape(pairs=4, rate=40.0, block_s=0.8, fault_s=4.0, arms=FIVE)))
    told = " ".join(seen["headline"])
    assert told.count("a verdict needs 10") == 1
    assert "Seen in 4 blocks a side, a verdict needs 10" in told
    assert "are needed" not in told


@pytest.mark.parametrize("arms", [FIVE[:1], FIVE[1:3], FIVE[2:5], FIVE[1:], FIVE])
def test_a_run_of_any_number_of_arms_is_judged_and_told(tmp_path: Path, arms: tuple[str, ...]) -> None:
    run = write(tmp_path, Shape(pairs=2, rate=30.0, block_s=0.5, fault_s=4.0, arms=arms))
    seen = judge(run)
    assert seen["ok"]
    assert {arm for row in seen["comparisons"] for arm in (row["a"], row["b"])} == set(arms if len(arms) > 1 else ())
    page = tell(run).read_text(encoding="utf-8")
    assert all(arm in page for arm in arms)
    assert ('<table class="square">' in page) == (len(arms) > 2)
    assert len(seen["headline"]) < 14, "a first screen"


def test_a_large_factor_on_one_wire_is_told_with_its_interval_and_accounted_for(tmp_path: Path) -> None:
    arms = ("orchestration-http", "choreography-http")
    run = write(tmp_path, Shape(pairs=4, rate=40.0, fault_s=4.0, arms=arms))
    blocks = list(read_rows(run / "blocks.ndjson"))
    for block in blocks:
        if block["arm"] == arms[0]:
            block["cpu_ms"] = {name: ms * 3 for name, ms in block["cpu_ms"].items()}
    write_rows(run / "blocks.ndjson", blocks)
    seen = judge(run)
    row = compared(seen, "cpu_ms_per_order")
    assert row["ratio_interval"][0] < row["ratio"] < row["ratio_interval"][1]
    assert row["ratio"] == pytest.approx(3 * 7.1 / 4.8, rel=0.1)
    (told,) = [sentence for sentence in seen["headline"] if "on the same wire" in sentence]
    assert "13.0 messages (6.5 command, 6.5 reply), 7.0 journal writes" in told
    assert "5.0 messages (5.0 event)" in told
    assert "orchestrator-1 +" in told


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
    assert "Pattern and transport differ between these two arms" in " ".join(summary["choosing"]["choose"])
    assert "payment-1 killed for 3.0 s" in told


def test_made_up_records_can_never_pass_for_measured_ones(summary: Summary) -> None:
    assert summary["synthetic"]
    assert summary["headline"][0].startswith("SYNTHETIC")


def test_blocks_of_one_start_of_the_lab_give_no_verdict_and_all_figures(tmp_path: Path) -> None:
    once = judge(write(tmp_path, Shape(pairs=10, rate=40.0, block_s=0.8, fault_s=4.0, starts=1)))
    row = compared(once, "cpu_ms_per_order")
    assert row["verdict"] == "no verdict: seen once: 1 start of the lab, 3 are needed"
    assert row["interval"][0] < row["difference"] < row["interval"][1]
    told = " ".join(once["headline"])
    assert "95 % intervals over 10 blocks a side. Seen once: 1 start of the lab, a verdict needs 3." in told


def test_lateness_of_the_load_is_told_and_warned_of(tmp_path: Path) -> None:
    def late(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"sent_ms": row["due_ms"] + (90.0 if row["index"] % 10 == 0 else 1.0)}

    seen = judge(changed(tmp_path, "orders.ndjson", late))
    assert seen["arms"][ORCHESTRATION]["lateness_ms"] == {"p50": 1.0, "p99": 90.0, "max": 90.0}
    assert "sent at most 90.0 ms late" in check_of(seen, "load_kept_up")["detail"]
    assert any("was late itself" in sentence for sentence in seen["headline"])


def test_good_orders_not_served_though_nothing_was_broken_are_told_at_the_top(tmp_path: Path) -> None:
    refused = {"order_id": None, "accepted_ms": None, "decided_ms": None, "closed_ms": None, "http_status": 503}

    def fail(row: dict[str, Any]) -> dict[str, Any]:
        served = row["arm"] == CHOREOGRAPHY and row["order_id"] and row["index"] % 3 == 0
        return row | refused | {"status": "failed"} if served else row

    seen = judge(changed(tmp_path, "orders.ndjson", fail))
    told = next(sentence for sentence in seen["headline"] if "where nothing was broken" in sentence)
    assert told.startswith(f"{CHOREOGRAPHY}, where nothing was broken: of ")
    assert "refused by failure (no 202)" in told
    assert not any("not closed" in sentence for sentence in seen["headline"])


def test_orders_relabelled_as_given_up_are_a_warning_and_a_failed_check(tmp_path: Path) -> None:
    def relabel(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"status": "cancelled", "reason": "deadline"} if row["status"] == "completed" else row

    seen = judge(changed(tmp_path, "orders.ndjson", relabel))
    assert not check_of(seen, "as_asked")["ok"]
    assert any("given up at the deadline" in sentence for sentence in seen["headline"])


def test_a_run_interrupted_in_its_fault_does_not_say_that_it_did_not_heal(tmp_path: Path) -> None:
    run = small(tmp_path, partial=True, at_rest={})
    rows = list(read_rows(run / "orders.ndjson"))
    fault = next(read_rows(run / "faults.ndjson"))
    for row in rows:
        if row["block"] == fault["block"] and row["closed_ms"] and row["closed_ms"] > fault["onset_ms"] + 500:
            row |= {"closed_ms": None, "decided_ms": None, "status": "open", "reason": None}
    write_rows(run / "orders.ndjson", rows)
    cut = judge(run)
    blast = next(each for each in cut["blast_radius"] if each["arm"] == fault["arm"])
    assert (blast["self_healed"], blast["recovery_s"]) == (None, None)
    told = " ".join(each["text"] for each in cut["findings"])
    assert "was not seen: the run was interrupted" in told
    assert "did not heal" not in told
    assert "only what must hold at any time was checked" in told


def test_a_process_never_seen_to_come_back_leaves_recovery_unknown(tmp_path: Path) -> None:
    def gone(fault: dict[str, Any]) -> dict[str, Any]:
        return fault | {"end_ms": None, "restarted_ms": None, "ready_ms": None, "hold_s": 3.0}

    for blast in judge(changed(tmp_path, "faults.ndjson", gone))["blast_radius"]:
        assert (blast["recovery_s"], blast["self_healed"]) == (None, None)
        assert blast["not_seen"] == "payment-1 was never seen to come back"


def test_a_fault_whose_block_was_not_recorded_is_a_caveat_and_no_crash(tmp_path: Path) -> None:
    seen = judge(changed(tmp_path, "blocks.ndjson", lambda block: None if block["phase"] == "fault" else block))
    assert seen["blast_radius"] == []
    assert any("was not recorded" in sentence for sentence in seen["headline"])


def test_a_late_order_long_after_all_was_well_does_not_stretch_the_recovery(tmp_path: Path) -> None:
    run = write(tmp_path, Shape(pairs=1, block_s=0.5, fault_s=12.0))
    before = [blast["recovery_s"] for blast in judge(run)["blast_radius"]]
    rows = list(read_rows(run / "orders.ndjson"))
    for block in {fault["block"] for fault in read_rows(run / "faults.ndjson")}:
        last = [row for row in rows if row["block"] == block and row["closed_ms"]][-1]
        last["closed_ms"] += 2_000
    write_rows(run / "orders.ndjson", rows)
    assert [blast["recovery_s"] for blast in judge(run)["blast_radius"]] == before


def test_clocks_that_disagree_fail_a_check(tmp_path: Path) -> None:
    ahead = judge(small(tmp_path, clock_offset_ms={ORCHESTRATION: 5000.0, CHOREOGRAPHY: 0.0}))
    assert [check["id"] for check in ahead["checks"] if not check["ok"]] == ["clocks_agree"]
    assert "+5000.000 ms" in check_of(ahead, "clocks_agree")["detail"]


def test_orders_that_end_before_they_were_sent_fail_a_check(tmp_path: Path) -> None:
    def behind(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"closed_ms": row["closed_ms"] - 500, "decided_ms": None} if row["closed_ms"] else row

    assert not check_of(judge(changed(tmp_path, "orders.ndjson", behind)), "clocks_agree")["ok"]


def test_what_the_door_told_is_compared_with_the_figures(tmp_path: Path) -> None:
    run = small(tmp_path)
    closed = {row["block"]: row for row in read_rows(run / "orders.ndjson") if row["closed_ms"]}
    for by_ms, ok in ((0.4, True), (200.0, False)):
        blocks = list(read_rows(run / "blocks.ndjson"))
        for block in blocks:
            row = closed[block["block"]]
            block["samples"] = [{"order_id": row["order_id"], "closed_ms": row["closed_ms"] + by_ms}]
        write_rows(run / "blocks.ndjson", blocks)
        check = check_of(judge(run), "told_alike")
        assert (check["ok"], check["looked_at"]) == (ok, len(blocks))


def test_an_arm_that_never_came_to_rest_fails_a_check(tmp_path: Path) -> None:
    restless = judge(small(tmp_path, at_rest={ORCHESTRATION: False, CHOREOGRAPHY: True}))
    assert [check["id"] for check in restless["checks"] if not check["ok"]] == ["came_to_rest"]


def test_a_block_that_lacks_a_process_makes_the_cost_unknown_and_says_so(tmp_path: Path) -> None:
    def blind(block: dict[str, Any]) -> dict[str, Any]:
        return block | {"cpu_ms": {}} if block["phase"] == "measure" and block["pair"] == 0 else block

    seen = judge(changed(tmp_path, "blocks.ndjson", blind))
    assert seen["arms"][ORCHESTRATION]["cost"]["cpu_ms_per_order"] is None
    assert compared(seen, "cpu_ms_per_order")["verdict"].startswith("unknown")
    assert any("Processor time per order is unknown" in sentence for sentence in seen["headline"])


def test_the_finding_on_cost_says_how_much_of_it_is_idling(summary: Summary, tmp_path: Path) -> None:
    cost = summary["arms"][CHOREOGRAPHY]["cost"]
    assert cost["idle_cpu_ms_per_s"] == 17.0
    assert cost["idle_cpu_ms_per_order"] == pytest.approx(17.0 / 40, rel=0.2)
    assert any("is idling" in each["text"] for each in summary["findings"])
    unknown = judge(small(tmp_path, idle_cpu_ms_per_s={ORCHESTRATION: 17.0, CHOREOGRAPHY: None}))
    assert unknown["arms"][CHOREOGRAPHY]["cost"]["idle_cpu_ms_per_order"] is None
    assert not any("is idling" in each["text"] for each in unknown["findings"])


def test_the_bound_on_violations_is_told_once_for_the_arm_that_was_asked_least(summary: Summary) -> None:
    told = next(sentence for sentence in summary["headline"] if "checks held" in sentence)
    least = min(arm["orders_of_the_run"]["accepted"] for arm in summary["arms"].values())
    assert "of the kinds checked" in told
    assert told.endswith(f"below {bound_percent(least)} of each arm's orders.")


@pytest.mark.parametrize(
    ("orders", "bound"), [(294, "1.1 %"), (300, "1 %"), (3, "100 %"), (1_360, "0.23 %"), (40_000, "0.0075 %"), (0, "")]
)
def test_a_bound_is_rounded_up(orders: int, bound: str) -> None:
    assert bound_percent(orders) == bound
