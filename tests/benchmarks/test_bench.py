"""The bench says "about" where it is not sure, asks both sides for the same, and knows what a batch must change."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from benchmarks.bench.__main__ import code, measured, named
from benchmarks.bench.account import Account, account, difference
from benchmarks.bench.batch import Batch, Lost
from benchmarks.bench.books import Books, Sums, expected, worth
from benchmarks.bench.figure import Figure, Verdict, all_of, at_least, at_most, judged
from benchmarks.bench.flow import FLOW, NAMES
from benchmarks.bench.goals import GOALS, unmeasured
from benchmarks.bench.kept import Kept
from benchmarks.bench.opened import REPLICA, opened
from benchmarks.bench.orders import SOUND, Orders
from benchmarks.bench.peers.publishing import as_text
from benchmarks.bench.processes import Child, redis_server
from benchmarks.bench.ratio import Estimate, ratio, times
from benchmarks.bench.ratio import difference as more
from benchmarks.bench.row import Row
from benchmarks.bench.rows_alike import told as row_of
from benchmarks.bench.served import postgres, postgres_binaries
from benchmarks.bench.telling import tell
from benchmarks.runfolder import RunFolder
from common.domain import shipping
from common.domain.effect import Operation, name_of, service_of
from common.domain.model import Order
from common.messages import Unreachable, decode_order
from common.settings import Settings
from common.store.commit import Store, Wish
from common.store.connect import Credentials, connect
from common.telemetry.meters import Meters
from compose.arms import SERVICES
from orchestration.journal import Journal

SEED, SKUS = 7, 100
COUNT = 500
CLEAR, BARE, SHORT, MISSED = Verdict(True), Verdict(True, True), Verdict(False, True), Verdict(False)


def between(low: float, value: float, high: float) -> Estimate:
    return Estimate(value, low, high, 10)


def test_a_goal_inside_the_interval_is_met_about_whichever_side_the_mean_is_on() -> None:
    assert at_least(between(8.3, 8.5, 8.8), 8) == CLEAR
    assert at_least(between(7.9, 8.1, 8.4), 8) == BARE
    assert at_least(between(7.6, 7.9, 8.2), 8) == SHORT
    assert at_least(between(6.7, 6.9, 7.1), 8) == MISSED
    assert at_most(between(2.4, 2.5, 2.6), 3) == CLEAR
    assert at_most(between(2.4, 3.1, 3.6), 3) == SHORT


def test_a_single_pair_has_no_interval_to_be_in_doubt_by() -> None:
    assert at_least(ratio([9.0], [1.0]), 8) == CLEAR


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ((CLEAR, CLEAR), CLEAR),
        ((CLEAR, BARE), BARE),
        ((BARE, SHORT), SHORT),
        ((BARE, MISSED), MISSED),
        ((SHORT, MISSED), MISSED),
    ],
)
def test_of_several_goals_a_clear_miss_decides_and_a_doubt_is_a_doubt_of_all(
    verdicts: tuple[Verdict, ...], together: Verdict
) -> None:
    assert all_of(*verdicts) == together
    assert all_of(*reversed(verdicts)) == together


def test_a_row_keeps_the_doubt_and_what_was_open_with_its_figures() -> None:
    batch = Batch(200, 1.0, {"redis": 10.0, "order-1": 30.0}, True, open=150)
    row = Row("G0", "?", "", "", SHORT, batches={"an arm": [batch]}).as_row()
    assert (row["met"], row["about"]) == (False, True)
    assert row["batches"]["an arm"][0] | {"open": 150, "orders": 200} == row["batches"]["an arm"][0]
    unmeasured = Row("G0", "?", "", "", None).as_row()
    assert (unmeasured["met"], unmeasured["about"]) == (None, False)


def test_refused_orders_are_closed_and_change_nothing_else() -> None:
    orders = Orders(SEED, SKUS, SOUND).orders(COUNT)
    served = [order for order in orders if worth(order).served]
    assert expected([worth(order) for order in orders]) == (COUNT, *expected([worth(order) for order in served])[1:])
    assert 0 < len(served) < COUNT


def test_a_batch_for_a_kill_has_every_kind_of_order_and_one_for_a_comparison_only_the_served() -> None:
    mixed, served = Orders(SEED, SKUS, SOUND), Orders(SEED, SKUS)
    refused = [worth(order).served for order in mixed.orders(COUNT)].count(0)
    assert set(mixed.drawn) == set(SOUND), f"seed {SEED}"
    assert refused == COUNT - mixed.drawn["completed"]
    assert all(each.served for each in served.posted(COUNT)[1])


def test_books_compare_what_was_counted_before_with_what_is_counted_now() -> None:
    orders = Orders(SEED, SKUS, SOUND).orders(COUNT)
    closed, units, cents, served, told = expected([worth(order) for order in orders])
    before = Sums(closed=7, units=10_000, cents=50, parcels=3, confirmations=3)
    after = Sums(7 + closed, 10_000 - units, 50 + cents, 3 + served, 3 + told)
    assert after.since(before) == expected([worth(order) for order in orders])


def test_a_row_that_is_only_reported_is_neither_met_nor_missing() -> None:
    reported, unmeasured = Row("G0", "?", "", "1.5x", None, reported=True), Row("G0", "?", "", "not measured", None)
    assert (reported.met, reported.missing, reported.as_row()["reported"]) == (None, False, True)
    assert (unmeasured.met, unmeasured.missing, unmeasured.as_row()["reported"]) == (None, True, False)


def test_an_account_says_where_the_additional_cpu_goes() -> None:
    cheap = account([Batch(100, 1.0, {"redis": each, "order-1": 20.0}, True) for each in (10.0, 11.0, 50.0)], None)
    counts = {"messages": 12.0, "messages_command": 6.0, "messages_reply": 6.0, "bytes": 4_000.0, "journal_writes": 7.0}
    dear = Account({"redis": 0.21, "order-1": 0.12, "orchestrator-1": 0.3}, counts)
    assert cheap.told("events") == (
        "events, an order: messages unknown (a process does not count them); 0.31 CPU ms: order-1 0.20, redis 0.11"
    )
    assert "12.0 messages (6.0 command, 6.0 reply), 4,000 bytes, 7.0 journal writes" in dear.told("commands")
    assert difference(dear, cheap) == (
        "the difference, +0.32 CPU ms an order: orchestrator-1 +0.30, redis +0.10, order-1 -0.08"
    )


def test_a_peer_gets_every_order_as_the_lab_has_it_and_a_task_for_each_of_its_commits() -> None:
    for order in Orders(SEED, SKUS, SOUND).orders(COUNT):
        assert decode_order(as_text(asdict(order)).encode()) == order, f"seed {SEED}"
    assert {service_of(operation) for operation in FLOW} == set(SERVICES)
    assert NAMES[0] == "order.place"
    assert NAMES[-1] == "order.complete"


def test_a_child_is_heard_however_many_lines_come_at_once() -> None:
    says = "print('a banner\\nready\\nand more', flush=True)"
    with subprocess.Popen([sys.executable, "-c", says], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        Child(it).hear("ready")
        with pytest.raises(Lost, match="left before it said 'sent'"):
            Child(it).hear("sent")


def test_rows_are_chosen_by_name_and_a_wrong_one_finds_the_nearest() -> None:
    assert named(None) == list(GOALS)
    assert named("g7, G1") == ["G1", "G7"]
    with pytest.raises(ValueError, match="There is no row 'G17': did you mean"):
        named("G17")
    with pytest.raises(ValueError, match="--only names no row"):
        named(" ,")


def test_every_goal_has_a_row_in_order_and_one_that_was_not_measured_says_so() -> None:
    assert [name for name in GOALS if name.startswith("G")] == [f"G{number}" for number in range(1, 17)]
    assert {name for name, goal in GOALS.items() if not goal.asks} == {"G9", "H1", "T1", "R1"}  # reported
    rows = [unmeasured(name, "a peer left") for name in GOALS]
    assert all(row.measured == "not measured: a peer left" and row.what for row in rows)
    assert code(rows) == 3


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (Lost("a peer left"), "a peer left"),
        (Unreachable("redis: gone"), "redis: gone"),
        (OSError("no room"), "OSError: no room"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_whatever_ends_a_row_the_others_are_measured(trouble: Exception, why: str) -> None:
    async def measure(*_: object) -> Row:
        raise trouble

    row = measured("G1", measure, Orders(SEED, SKUS), SEED, print)
    assert row.missing
    assert row.measured == f"not measured: {why}"


@pytest.mark.skipif(postgres_binaries() is None, reason="PostgreSQL is not installed")
def test_postgres_is_open_to_nobody_but_whoever_runs_the_bench() -> None:
    binaries = postgres_binaries()
    assert binaries is not None
    with postgres(binaries) as server:
        everyone = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        assert not [each for process in everyone for each in process.net_connections("inet")]
        folder = Path(server.address.partition("?host=")[2])
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
        assert stat.S_ISSOCK((folder / ".s.PGSQL.5432").stat().st_mode)


def test_the_exit_code_tells_wrong_books_from_a_goal_that_is_missed() -> None:
    missed = Row("G3", "?", "≥ 8x", "4x", MISSED)
    lost = Row("G3", "?", "", "9x", CLEAR, batches={"a peer": [Batch(10, 1.0, {"redis": 1.0}, exact=False)]})
    assert (code([missed]), code([missed, lost]), code([Row("G15", "?", "", "", MISSED)])) == (0, 1, 1)


def test_a_figure_is_kept_as_a_number_beside_its_goal_and_its_interval() -> None:
    told = Figure("orders per CPU-second", between(6.7, 6.9, 7.1), "≥", 8).as_row()
    assert (told["measured"], told["interval"], told["goal"], told["met"]) == (6.9, [6.7, 7.1], 8, False)
    only_reported = Figure("a price", Estimate(1.0, None, None, 1), unit="ms").as_row()
    assert (only_reported["interval"], only_reported["goal"], only_reported["met"]) == (None, None, None)
    assert judged([Figure("a price", between(0, 1, 2))]) is None


def test_how_many_times_one_price_is_another_is_bounded_only_where_the_other_is_not_nothing() -> None:
    client, pattern = [10.1, 9.8, 10.3, 9.9, 10.0], [2.1, 1.9, 2.0, 1.8, 2.2]
    found = times(client, pattern)
    assert found.value == pytest.approx(10.02 / 2.0)
    assert found.low is not None
    assert found.high is not None
    assert 4.4 < found.low < found.value < found.high < 5.8
    assert times(client, [0.5, -0.4, 0.6, -0.5, 0.3]).low is None
    assert more(client, pattern).value == pytest.approx(8.02)


async def test_books_catch_a_peer_that_loses_an_effect_and_one_that_has_it_twice() -> None:
    wanted = Orders(SEED, SKUS).orders(3)
    with redis_server("bench", SEED, SKUS) as server:
        books = Books(server.admin)
        for commits, exact in ((FLOW, True), ([each for each in FLOW if each is not shipping.ship], False)):
            before, orders = books.sums(), [replace(each, order_id=f"{each.order_id}-{exact}") for each in wanted]
            await committed(server.admin, orders, commits)
            assert (books.sums().since(before) == expected([worth(each) for each in orders])) is exact
        before = books.sums()
        await committed(server.admin, wanted, FLOW)
        await committed(server.admin, [replace(each, order_id=f"{each.order_id}-again") for each in wanted[:1]], FLOW)
        assert books.sums().since(before) != expected([worth(each) for each in wanted])


async def committed(admin: Credentials, orders: Sequence[Order], commits: Sequence[Operation]) -> None:
    redis = connect(admin)
    for operation in commits:
        for each in orders:
            wish = Wish(name_of(operation), operation(each, ""), each.order_id, each.placed_ms)
            await Store(redis, service_of(operation)).commit([wish])
    await redis.aclose()


def test_the_pages_are_written_from_the_json_alone_and_name_every_row(tmp_path: Path) -> None:
    batch = Batch(200, 1.0, {"redis": 10.0}, True)
    goal = Figure("orders per CPU-second", between(7.6, 7.9, 8.2), "≥", 8)
    price = Figure("the client", between(-0.2, 0.1, 0.4), unit="ms")
    rows = [
        Row("G1", "against <a peer>", ">= 8x", "7.90 [7.60-8.20]x", SHORT, "a peer", (goal,), {"a peer": [batch]}),
        Row("H1", "a price", "", "0.10 ms", None, figures=(price,), reported=True),
        unmeasured("G5", "a peer left"),
    ]
    Kept(RunFolder.make(tmp_path, "bench"), SEED, ["G1", "H1", "G5"]).write(rows, partial=True)
    (folder,) = tmp_path.iterdir()
    html = tell(folder).read_text(encoding="utf-8")
    short = (folder / "bench.md").read_text(encoding="utf-8")
    for page in (html, short):
        assert all(told in page for told in ("G1", "H1", "G5", "7.90 [7.60-8.20]x", "not measured: a peer left"))
        assert "interrupted" in page
        assert "0 of 2 goals met, 1 about met" in page
    assert "against &lt;a peer&gt;" in html
    assert not re.search(r"(?:src|href)=.https?:", html)
    (folder / "bench.json").write_text("no JSON", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no bench"):
        tell(folder)


def test_a_calibration_becomes_a_row_and_what_it_did_not_see_is_not_met() -> None:
    width = {"arm": "an arm", "measure": "closed_ms_p50", "goal": 0.07, "blocks": 40, "starts": 4}
    errs = {"shown": 1, "comparisons": 12, "interval": [0.002, 0.385], "met": True}
    met = row_of({"half_widths": [width | {"half_width": 0.05}], "false_positives": errs}, Path("a"))
    assert met.verdict == CLEAR
    assert met.figures[0].as_row()["goal"] == pytest.approx(7)
    assert "closed p50 5.0%; false positives 1 of 12 [0%-38%]" in met.measured
    assert row_of({"half_widths": [width | {"half_width": 0.08}], "false_positives": errs}, Path("a")).verdict == MISSED
    often = errs | {"shown": 9, "interval": [0.43, 0.95], "met": False}
    assert (
        row_of({"half_widths": [width | {"half_width": 0.05}], "false_positives": often}, Path("a")).verdict == MISSED
    )
    assert row_of({"half_widths": [width | {"half_width": None}], "false_positives": errs}, Path("a")).missing


async def test_orders_put_in_past_the_door_are_in_the_hands_of_the_first_orchestrator() -> None:
    wanted = Orders(SEED, SKUS).orders(130)  # more than two full batches
    with redis_server("bench", SEED, SKUS) as server:
        await opened(server.admin, wanted)
        redis = connect(server.admin)
        journal = Journal(redis, REPLICA, Settings(), Meters("orchestration", "streams", "orchestrator"))
        assert set(await journal.mine()) == {order.order_id for order in wanted}
        found = await journal.load([order.order_id for order in wanted])
        await redis.aclose()
    assert [each.order for each in found] == wanted
    assert not any(each.answers for each in found)
