"""What a process counts: the same names in every arm, with the trace of a traced order beside its durations."""

from __future__ import annotations

import json

import pytest

from common.domain.events import (
    Event,
    InventoryReleased,
    InventoryUpdated,
    OrderCancelled,
    OrderCompleted,
    OrderPayed,
    OutOfStock,
    PaymentDeclined,
    PaymentRefunded,
)
from common.domain.milestones import milestone
from common.telemetry.meters import Meters
from tests.orders import an_order
from tests.telemetry.test_tracing import GIVEN, UNSAMPLED

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


def meters() -> Meters:
    return Meters("choreography", "streams", "payment")


def lines(told: Meters, name: str, accept: str = "") -> list[str]:
    return [line for line in told.page(accept)[0].decode().splitlines() if line.startswith(f"harmony_{name}")]


def test_a_traced_orders_duration_carries_its_trace_for_whoever_asks_for_open_metrics() -> None:
    told = meters()
    told.took("charge", 0.02, GIVEN)
    told.took("charge", 0.3, UNSAMPLED)
    (bucket,) = [each for each in lines(told, "operation_duration_seconds_bucket", OPEN_METRICS) if "#" in each]
    assert '# {trace_id="0af7651916cd43dd8448eb211c80319c"} 0.02' in bucket
    assert not [each for each in lines(told, "operation_duration_seconds") if "#" in each]
    assert told.page(OPEN_METRICS)[1].startswith("application/openmetrics-text")
    assert told.page()[1].startswith("text/plain")


def test_no_label_ever_holds_an_orders_id() -> None:
    told, order = meters(), an_order()
    told.clock("closed", 0.1, GIVEN, outcome="completed")
    told.took("charge", 0.02, GIVEN)
    assert order.order_id not in told.page(OPEN_METRICS)[0].decode()


def test_what_is_rare_is_told_as_0_before_it_happens() -> None:
    told = meters()
    told.expects(["charge"], [("decided", "completed")])
    told.has_door([202, 503], lambda: 3)
    for name in ("operations_total", "operation_failures_total", "door_requests_total", "spans_dropped_total"):
        found = lines(told, name)
        assert len(found) >= 2, name
        assert all(each.endswith(" 0.0") for each in found), found
    assert lines(told, "operation_duration_seconds_count")
    assert lines(told, "order_decided_seconds_count")
    assert lines(told, "orders_open")[0].endswith(" 3.0")


def test_what_one_process_counted_another_can_add() -> None:
    one, other = meters(), meters()
    one.message("command", "worker", "payment", 120, 3)
    one.retries.inc(2)
    one.operation("charge", "accepted")
    for name, labels, amount in json.loads(json.dumps(one.counted())):
        other.add(name, labels, amount)
    assert one.counted() == other.counted()
    assert ("harmony_retries_total", {}, 2.0) in other.counted()


def test_a_fault_is_shown_while_it_is_on_and_as_0_when_it_is_over() -> None:
    told, on = meters(), [("slow", "charge")]
    told.show_faults(lambda: on)
    assert lines(told, "fault_active")[0].endswith(" 1.0")
    on.clear()
    assert lines(told, "fault_active")[0].endswith(" 0.0")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (OrderCompleted(an_order()), ("closed", "completed")),
        (OrderCancelled(an_order(), "deadline"), ("closed", "cancelled")),
        (OrderPayed(an_order()), ("decided", "completed")),
        (OutOfStock(an_order(), "out_of_stock"), ("decided", "cancelled")),
        (InventoryReleased(an_order(), "payment_declined", quantity=2), ("decided", "cancelled")),
        (InventoryReleased(an_order(), "deadline", quantity=0), None),
        (InventoryUpdated(an_order()), None),
        (PaymentDeclined(an_order(), "payment_declined"), None),
        (PaymentRefunded(an_order(), "undeliverable", amount_cents=7), None),
    ],
)
def test_an_orders_clocks_stop_at_what_settles_and_what_closes_it(
    event: Event, expected: tuple[str, str] | None
) -> None:
    assert milestone(event) == expected
