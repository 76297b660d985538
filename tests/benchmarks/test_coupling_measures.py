"""What is measured of an arm at work, and of an arm in which somebody is away: on a few made-up spans and orders."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.charts.looks import Look
from benchmarks.coupling.away import kept_up, outage, peace, verdict
from benchmarks.coupling.drawing import described, graph
from benchmarks.coupling.judging import less
from benchmarks.coupling.runtime import edges_of, runtime
from benchmarks.coupling.saying import outages
from benchmarks.coupling.waiting import blocking_share, covered, depth
from benchmarks.traces.graph import Graph
from benchmarks.traces.journey import Journey
from benchmarks.traces.spans import CLIENT, PRODUCER, SERVER, Span

MS = 1_000_000
EXPECTED = {"accept": "yes", "decide": "no", "close": "no"}
FAULT = {"target": "payment-1", "onset_ms": 1000.0, "restarted_ms": 5000.0, "ready_ms": 5200.0}


def span(number: int, cause: int, kind: str, service: str, at: tuple[float, float], **told: Any) -> Span:
    """A span of trace t, in ms."""
    route = {"http.request.method": "POST"} if kind in (SERVER, CLIENT) else {}
    attributes = {**route, **{name.replace("_", "."): value for name, value in told.items()}}
    times = (int(at[0] * MS), int(at[1] * MS))
    return Span("t", f"{number}", f"{cause}" if cause else "", "", kind, *times, "arm", service, service, attributes)


def order(*spans: Span) -> Graph:
    """Accepted at 10 ms, closed at 50 ms."""
    door = span(1, 0, SERVER, "order", (0, 10), http_route="/orders")
    told = {"harmony.operation": "complete", "harmony.outcome": "accepted"}
    closing = span(2, 1, PRODUCER, "order", (49, 50), **told)
    return Graph(Journey.of(("arm", "one"), (door, closing, *spans)))


def test_time_that_two_requests_share_is_time_once() -> None:
    assert covered([(0, 10), (5, 20), (30, 40), (32, 33), (35, 38)]) == 30
    assert covered([]) == 0


def test_the_share_of_waiting_is_of_the_time_from_accepted_to_closed() -> None:
    held = order(span(3, 1, CLIENT, "order", (5, 20)), span(4, 1, CLIENT, "order", (30, 40)))
    assert blocking_share(held) == pytest.approx(0.5)  # 10 to 20, and 30 to 40, of 40
    assert blocking_share(order()) == 0.0


def test_an_order_that_is_not_closed_has_no_share() -> None:
    door = span(1, 0, SERVER, "order", (0, 10), http_route="/orders")
    assert blocking_share(Graph(Journey.of(("arm", "one"), (door,)))) is None


def test_requests_are_nested_while_the_first_waits_for_the_second() -> None:
    first, served = span(3, 1, CLIENT, "order", (10, 40)), span(4, 3, SERVER, "payment", (12, 38))
    inner, later = span(5, 4, CLIENT, "payment", (15, 30)), span(5, 4, CLIENT, "payment", (15, 45))
    assert depth(order()) == 0
    assert depth(order(first, served)) == 1
    assert depth(order(first, served, inner)) == 2
    assert depth(order(first, served, later)) == 1  # whoever asked first had its answer before: nothing waits for it


def test_messages_are_per_order_and_the_busiest_is_in_the_middle() -> None:
    rows = [
        {"arm": "a", "block": 2, "orders": 10, "kind": "command", "source": "hub", "target": each}
        | {"messages": 10.0, "bytes": 500.0}
        for each in ("left", "right")
    ]
    seen = runtime(("hub", "left", "right"), rows, [])
    assert seen["messages_per_order"] == 2.0
    assert seen["bytes_per_order"] == 100.0
    assert seen["centre"] == {"component": "hub", "share": 1.0}
    assert seen["components"]["left"] == {"fan_in": 1, "fan_out": 0, "share": 0.5, "took_part": None}
    assert seen["sync_depth"]["max"] is None
    assert seen["traced"] == 0


def test_what_one_process_does_not_count_is_unknown_and_not_nothing() -> None:
    silent = {"arm": "a", "block": 2, "orders": 10, "kind": None, "source": None, "target": None}
    assert edges_of([silent | {"messages": None, "bytes": None}], set()) == []
    assert runtime(("a",), [], [])["messages_per_order"] is None


def arrival(due_ms: float, expected: str = "completed", **times: float | None) -> dict[str, Any]:
    blank = {"accepted_ms": None, "decided_ms": None, "closed_ms": None, "reason": None}
    return blank | {"due_ms": due_ms, "sent_ms": due_ms, "expected": expected} | times


def test_only_orders_due_while_it_was_surely_away_count_and_neither_malformed_nor_in_flight() -> None:
    rows = [
        arrival(900.0, accepted_ms=910.0, closed_ms=5100.0),  # in flight
        arrival(1050.0, accepted_ms=1060.0, closed_ms=1070.0),  # the kill was told and not through yet
        arrival(2000.0, accepted_ms=2010.0, closed_ms=5300.0),
        arrival(2100.0, "malformed"),
        arrival(4500.0, accepted_ms=4510.0, closed_ms=5200.0),  # too late to be through either way
        arrival(2200.0, "out_of_stock", accepted_ms=2201.0, decided_ms=2202.0, closed_ms=2203.0),
    ]
    seen = outage([FAULT], rows, EXPECTED)
    assert seen["due"] == 2
    assert {clock: (cell["got"], cell["due"]) for clock, cell in seen["served"].items()} == {
        "accept": (1, 1),
        "decide": (0, 1),
        "close": (0, 1),
    }
    assert seen["refused"] == {"due": 1, "accept": 1, "decide": 1, "close": 1}
    assert seen["after"]["in_flight"] == 1
    assert seen["after"]["all_closed"] is True
    assert seen["after"]["all_closed_s"] == pytest.approx(0.3)


def test_what_comes_true_only_after_the_return_did_not_come_while_it_was_away() -> None:
    row = arrival(2000.0, accepted_ms=2010.0, decided_ms=5001.0, closed_ms=5002.0)
    assert outage([FAULT], [row], EXPECTED)["served"]["decide"]["got"] == 0
    soon = row | {"decided_ms": 4999.0}
    assert outage([FAULT], [soon], EXPECTED)["served"]["decide"]["as_expected"] is False


@pytest.mark.parametrize(
    ("got", "due", "said"), [(95, 100, "yes"), (94, 100, "partly"), (5, 100, "no"), (6, 100, "partly")]
)
def test_a_cell_is_yes_from_95_percent_and_no_up_to_5(got: int, due: int, said: str) -> None:
    assert verdict(got, due) == said


def test_of_no_orders_nothing_is_said() -> None:
    assert verdict(0, 0) is None
    assert outage([FAULT], [], EXPECTED)["served"]["accept"]["as_expected"] is None
    never = outage([FAULT | {"restarted_ms": None}], [arrival(2000.0, accepted_ms=2010.0)], EXPECTED)
    assert never["served"]["accept"]["verdict"] is None
    assert never["after"] is None


def test_with_two_replicas_a_component_is_away_while_both_are() -> None:
    second = FAULT | {"onset_ms": 1500.0, "restarted_ms": 4500.0}
    assert outage([FAULT, second], [], EXPECTED)["away_s"] == 3.0


def test_an_order_that_stays_open_is_seen() -> None:
    after = outage([FAULT], [arrival(2000.0, accepted_ms=2010.0)], EXPECTED)["after"]
    assert after["all_closed"] is False
    assert after["all_closed_s"] is None


def test_in_peace_all_get_through() -> None:
    rows = [arrival(due, accepted_ms=due + 1, decided_ms=due + 2, closed_ms=due + 3) for due in (1500.0, 2000.0)]
    assert {each["verdict"] for each in peace(rows, 1000.0, 4.0)["served"].values()} == {"yes"}


def test_an_arm_keeps_up_in_peace_only_where_all_got_through() -> None:
    rows = [arrival(due, accepted_ms=due + 1, decided_ms=due + 2, closed_ms=due + 3) for due in (1500.0, 2000.0)]
    assert kept_up(peace(rows, 1000.0, 4.0))
    assert not kept_up(peace([*rows, arrival(2500.0, accepted_ms=2501.0)], 1000.0, 4.0))
    assert kept_up(None), "nobody looked"


def test_the_first_arm_is_compared_with_the_second_and_not_the_other_way_round() -> None:
    assert less(10.0, 4.0) == 6.0
    assert less(None, 4.0) is None


def test_arms_that_fare_alike_are_told_together() -> None:
    away = {"payment": outage([FAULT], [arrival(2000.0, accepted_ms=2010.0)], EXPECTED)}
    views = {arm: {"temporal": {"away": away}} for arm in ("orchestration-http", "choreography-streams")}
    told = list(outages(views))
    assert told == ["While payment is away: both arms accept all, decide and close none."]


def test_the_picture_says_in_words_what_it_shows() -> None:
    edge = {"kind": "event", "source": "order", "target": "inventory", "messages_per_order": 0.5}
    edges = [edge | {"bytes_per_order": 10.0, "blocking": False, "posted": True}]
    assert described(edges) == "order to inventory: 0.50 events (posted over HTTP) an order."
    view = {"static": {"components": ["order", "inventory"]}, "runtime": {"edges": edges}}
    drawn = graph("graph-0", view, Look("choreography-http", "choreography", 0))
    assert described(edges) in drawn
    assert 'class="edge announced"' in drawn
