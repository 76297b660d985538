"""The checker is tried on histories written by hand: good ones pass, bad ones fire exactly their checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import checkers
from tests.benchmarks.histories import (
    EXPIRED_AFTER_CHARGE,
    FORWARD,
    OUT_OF_STOCK,
    START_MS,
    TOLD,
    UNDELIVERABLE,
    UNDOING,
    History,
    good,
    load,
)

EXPECTED = {
    "completed": "completed",
    "out-of-stock": "out_of_stock",
    "declined": "payment_declined",
    "undeliverable": "undeliverable",
    "expired-early": "completed",
    "expired-late": "completed",
}


def fired(history: History, orders: list[dict[str, Any]] | None = None, at_rest: bool = True) -> set[str]:
    """The ids of the checks that object to a history."""
    return {check.id for check in checkers.check(history.events, history.state(), orders, at_rest) if not check.ok}


def detail(history: History, check_id: str, orders: list[dict[str, Any]] | None = None) -> str:
    """What a check says."""
    checks = checkers.check(history.events, history.state(), orders)
    return next(check.detail for check in checks if check.id == check_id)


def test_a_good_history_of_every_outcome_passes_every_check() -> None:
    assert fired(good(), load(EXPECTED)) == set()


def test_every_check_says_how_many_orders_it_looked_at() -> None:
    history = good().journaled()
    checks = checkers.check(history.events, history.state(), load(EXPECTED))
    assert all(check.ok and check.looked_at > 0 for check in checks)


def test_zero_orders_looked_at_is_not_a_pass() -> None:
    assert {"stock", "money", "single_charge", "legal_history", "every_order_closed"} <= fired(History(), [])


def test_checks_have_the_shape_of_the_contract() -> None:
    row = json.loads(json.dumps(checkers.check(good().events, good().state())[0].as_row()))
    assert set(row) == {"id", "ok", "looked_at", "detail"}


def test_stock_that_nobody_bought_is_missed() -> None:
    history = good()
    history.counters["inventory"]["stock:sku-0001"] -= 1
    assert fired(history) == {"stock"}


def test_stock_below_zero_is_oversold() -> None:
    history = History().order("greedy", *FORWARD, quantity=2000)
    assert fired(history) == {"never_below_zero"}


def test_money_that_no_completed_order_explains_is_missed() -> None:
    history = good()
    history.counters["payment"]["till"] += 700
    assert fired(history) == {"money"}


def test_a_parcel_that_nobody_sent_is_missed() -> None:
    history = good()
    history.counters["shipping"]["parcels"] += 1
    assert fired(history) == {"parcels"}


def test_a_customer_told_twice_is_noticed() -> None:
    history = good()
    history.counters["notification"]["confirmations"] += 1
    assert fired(history) == {"told_once"}


def test_an_order_charged_twice_is_found_in_events_books_and_till() -> None:
    history = good()
    again = history.event("completed", "OrderPayed") | {"entry": "1790000000999-0"}
    history.events.append(again)
    history.counters["payment"]["till"] += 700
    assert fired(history) == {"single_charge", "no_ghosts", "money"}
    assert "charged 2 times: completed [OrderPlaced 0.0" in detail(history, "single_charge")


def test_a_refund_without_a_charge_is_noticed() -> None:
    history = good()
    history.event("expired-early", "PaymentRefunded")["data"]["amount_cents"] = 700
    assert fired(history) == {"single_charge", "given_back_fits", "money"}


def test_a_refund_of_half_the_price_is_noticed() -> None:
    history = good()
    history.event("expired-late", "PaymentRefunded")["data"]["amount_cents"] = 350
    history.counters["payment"]["till"] += 350
    assert fired(history) == {"given_back_fits", "money"}


def test_a_cancelled_order_that_keeps_its_items_is_torn() -> None:
    history = good()
    history.event("expired-late", "InventoryReleased")["data"]["quantity"] = 0
    assert fired(history) == {"all_or_nothing", "given_back_fits"}
    assert "cancelled, yet InventoryUpdated was never undone: expired-late" in detail(history, "all_or_nothing")


def test_a_completed_order_that_nobody_charged_is_torn() -> None:
    history = good()
    history.answers["payment", "completed"]["charge"] = [
        False,
        "OrderPayed",
        history.event("completed", "OrderPayed")["entry"],
    ]
    assert fired(history) == {"all_or_nothing", "no_zombies"}


def test_an_accepted_order_that_stays_open_is_noticed() -> None:
    history = good().order("stuck", "OrderPlaced")
    history.open["deadlines"] = 1
    assert fired(history, load(EXPECTED | {"stuck": "completed"})) == {"every_order_closed"}
    assert "still open: stuck [OrderPlaced 0.0 ms; record: open]" in detail(history, "every_order_closed")


def test_an_accepted_order_that_nobody_has_heard_of_is_lost() -> None:
    assert fired(good(), load(EXPECTED | {"lost": "completed"})) == {"every_order_closed"}


def test_an_order_that_only_the_journal_knows_is_open() -> None:
    history = good()
    history.open["journal"] = 1
    assert fired(history) == {"every_order_closed"}


def test_an_event_without_its_state_change_is_a_ghost() -> None:
    history = good()
    del history.answers["notification", "completed"]
    history.records["completed"]["status"] = "completed"
    assert fired(history) == {"no_ghosts", "all_or_nothing"}


def test_a_forged_event_is_a_ghost() -> None:
    history = good()
    history.event("completed", "OrderShipped")["id"] = "another/ship"
    assert fired(history) == {"no_ghosts"}


def test_a_state_change_without_its_event_is_a_zombie() -> None:
    history = good()
    history.events.remove(history.event("expired-early", "PaymentRefunded"))
    assert fired(history) == {"no_zombies"}


def test_an_answer_that_names_another_entry_is_ghost_and_zombie() -> None:
    history = good()
    history.answers["shipping", "completed"]["ship"][2] = "1-0"
    assert fired(history) == {"no_ghosts", "no_zombies"}


def test_a_barred_answer_announces_nothing_and_is_no_zombie() -> None:
    history = good()
    history.answers["payment", "expired-early"]["charge"] = [False, "", ""]
    assert fired(history) == set()


@pytest.mark.parametrize(
    ("order_id", "one", "other"),
    [
        ("completed", "InventoryUpdated", "OrderPayed"),
        ("completed", "CustomerNotified", "OrderCompleted"),
        ("expired-late", "OrderPayed", "PaymentRefunded"),
        ("expired-late", "PaymentRefunded", "InventoryReleased"),
        ("expired-late", "CustomerApologised", "OrderCancelled"),
        ("out-of-stock", "OrderPlaced", "OutOfStock"),
        ("declined", "PaymentDeclined", "InventoryReleased"),
    ],
)
def test_events_in_an_illegal_order_are_noticed(order_id: str, one: str, other: str) -> None:
    assert fired(good().swap(order_id, one, other)) == {"legal_history"}


def test_a_late_charge_after_its_refund_is_illegal() -> None:
    history = History().order("late", *FORWARD[:2], *UNDOING[:3], "OrderPayed", *UNDOING[3:], reason="deadline")
    assert "OrderPayed after PaymentRefunded" in detail(history, "legal_history")


def test_an_order_both_completed_and_expired_is_illegal() -> None:
    history = History().order("both", *FORWARD, "OrderExpired")
    history.records["both"] = {"status": "completed"}
    assert fired(history) == {"legal_history"}


def test_a_service_that_answers_one_operation_twice_is_noticed() -> None:
    history = History().order("torn", *OUT_OF_STOCK[:2], "InventoryUpdated", "InventoryReleased", *TOLD)
    assert "reserve was answered OutOfStock and also InventoryUpdated" in detail(history, "legal_history")


def test_an_event_announced_by_the_wrong_service_is_noticed() -> None:
    history = good()
    history.event("completed", "OrderPayed")["source"] = "shipping"
    assert fired(history) == {"legal_history"}


def test_empty_undoing_may_come_in_any_order() -> None:
    kinds = ("OrderPlaced", "OutOfStock", "OrderExpired", *TOLD, *UNDOING[1:4])
    assert fired(History().order("raced", *kinds, reason="out_of_stock")) == set()


def test_a_price_that_changes_on_the_way_is_noticed() -> None:
    history = good()
    row = history.event("completed", "OrderPayed")
    row["data"] = json.loads(json.dumps(row["data"]).replace("350", "250"))
    assert fired(history) == {"one_order"}


def test_a_customer_with_a_declined_card_is_never_served() -> None:
    assert fired(good(), load(EXPECTED | {"completed": "payment_declined"})) == {"honest_refusals"}


def test_a_customer_who_can_pay_is_never_called_declined() -> None:
    assert fired(good(), load(EXPECTED | {"declined": "completed"})) == {"honest_refusals"}


def test_a_malformed_request_is_never_accepted() -> None:
    assert fired(good(), load(EXPECTED | {"completed": "malformed"})) == {"honest_refusals"}


def test_a_dead_letter_of_an_open_order_is_a_loss_and_others_are_counted() -> None:
    history = good()
    history.dead[2] |= {"count": 1, "entries": [{"entry": "7-0", "reason": "no order in it", "subject": ""}]}
    assert fired(history) == set()
    assert detail(history, "dead_letters").startswith("1 messages parked")
    history.order("stuck", *FORWARD[:1])
    history.dead[2]["entries"][0]["subject"] = "stuck"
    assert fired(history) == {"dead_letters", "every_order_closed"}


def test_under_load_an_open_order_is_no_fault_and_the_detail_says_so() -> None:
    history = good().order("on its way", *FORWARD[:3])
    checks = checkers.check(history.events, history.state(), at_rest=False)
    assert all(check.ok for check in checks)
    assert all("under load" in check.detail for check in checks)


def test_under_load_a_record_younger_than_the_cut_is_not_judged() -> None:
    history = good().order("closing", *FORWARD)
    history.events.remove(history.event("closing", "OrderCompleted"))
    del history.answers["order", "closing"]["complete"]
    assert fired(history, at_rest=False) == set()


def test_a_failure_names_the_three_shortest_stories() -> None:
    history = good()
    for number in range(9):
        history.order(f"stuck-{number}", *FORWARD[: 1 + number % 4])
    told = detail(history, "every_order_closed")
    assert told.startswith("9 wrong.")
    assert [name for name in ("stuck-0", "stuck-4", "stuck-8") if name in told] == [
        "stuck-0",
        "stuck-4",
        "stuck-8",
    ]
    assert told.count("record: open") == 3


def test_an_undeliverable_order_that_was_charged_and_not_refunded_is_torn() -> None:
    kinds = [kind for kind in UNDELIVERABLE if kind != "PaymentRefunded"]
    history = History().order("torn", *kinds, reason="undeliverable")
    assert fired(history) == {"all_or_nothing", "money"}


def test_an_expired_order_never_goes_on() -> None:
    history = History().order("late", *EXPIRED_AFTER_CHARGE[:5], "OrderShipped", *EXPIRED_AFTER_CHARGE[5:])
    assert "legal_history" in fired(history)


def row(arm: str, index: int, status: str, reason: str = "", cents: int = 700) -> dict[str, Any]:
    """What one arm made of an order."""
    return {"arm": arm, "seed": 7, "index": index, "status": status, "reason": reason, "amount_cents": cents}


def test_arms_that_answer_alike_pass_and_deadlines_are_not_compared() -> None:
    rows = [row(arm, 1, "completed") for arm in "ab"] + [
        row("a", 2, "completed"),
        row("b", 2, "cancelled", "deadline"),
    ]
    check = checkers.same_answer(rows)
    assert (check.ok, check.looked_at) == (True, 1)
    assert "1 more had no answer" in check.detail


@pytest.mark.parametrize("other", [row("b", 1, "cancelled", "payment_declined"), row("b", 1, "completed", cents=800)])
def test_arms_that_answer_differently_are_noticed(other: dict[str, Any]) -> None:
    assert not checkers.same_answer([row("a", 1, "completed"), other]).ok


def test_only_an_order_that_was_asked_of_every_arm_counts_as_such() -> None:
    rows = [*(row(arm, 1, "completed") for arm in "abc"), *(row(arm, 2, "completed") for arm in "ab")]
    check = checkers.same_answer(rows, "abc")
    assert (check.ok, check.looked_at) == (True, 1)
    assert "c was not asked 1 of 2" in check.detail
    assert not checkers.same_answer([*rows[:4], row("b", 2, "cancelled", "out_of_stock")], "abc").ok


def test_an_arm_whose_rows_are_missing_is_told_and_is_no_pass() -> None:
    check = checkers.same_answer([row(arm, index, "completed") for arm in "ab" for index in (1, 2)], "abc")
    assert (check.ok, check.looked_at) == (False, 0)
    assert "c was not asked 2 of 2" in check.detail


def test_a_lone_arm_has_nothing_to_be_compared_with() -> None:
    assert not checkers.same_answer([row("a", 1, "completed")]).ok


def late(history: History, order_id: str, kind: str, by_ms: float) -> History:
    """Move an event so far into the future."""
    history.event(order_id, kind)["time_ms"] += by_ms
    return history


def test_nothing_is_given_back_after_the_customer_heard_that_all_is_undone() -> None:
    history = late(good(), "declined", "InventoryReleased", 5_000)
    assert fired(history) == {"legal_history"}
    told = detail(history, "legal_history")
    assert "InventoryReleased after CustomerApologised" in told
    assert "InventoryReleased after OrderCancelled" in told


def test_nothing_is_decided_after_the_order_is_closed() -> None:
    history = late(good(), "out-of-stock", "OutOfStock", 5_000)
    assert "OutOfStock after OrderCancelled" in detail(history, "legal_history")


def test_an_order_that_expires_before_its_deadline_is_noticed() -> None:
    history = good()
    history.event("expired-late", "OrderExpired")["data"]["order"]["deadline_ms"] += 9_999
    assert fired(history) == {"closed_in_time"}
    assert "expired 9,999 ms before its deadline" in detail(history, "closed_in_time")


def test_a_customer_may_give_up_an_order_before_its_deadline() -> None:
    history = History().order("asked", *EXPIRED_AFTER_CHARGE, reason="asked")
    history.event("asked", "OrderExpired")["data"]["order"]["deadline_ms"] += 9_999
    assert fired(history) == set()


def closed_late(by_ms: float, faults: list[dict[str, Any]] | None) -> bool:
    """Whether the checker objects to an order that closes so long after its deadline."""
    history = History().order("slow", *EXPIRED_AFTER_CHARGE, reason="deadline")
    late(history, "slow", "OrderCancelled", by_ms)
    checks = checkers.check(history.events, history.state(), faults=faults)
    return {check.id for check in checks if not check.ok} == {"closed_in_time"}


def test_an_order_closed_long_after_its_deadline_is_noticed_unless_something_was_broken_then() -> None:
    fault: dict[str, Any] = {"fault": "kill", "onset_ms": START_MS, "end_ms": START_MS + 56_000}
    assert closed_late(60_000, faults=[])
    assert not closed_late(4_000, faults=[])
    assert not closed_late(60_000, faults=[fault])
    assert closed_late(60_000, faults=[fault | {"end_ms": START_MS + 3_000}])
    assert closed_late(60_000, faults=[fault | {"onset_ms": START_MS + 90_000, "end_ms": START_MS + 99_000}])
    assert not closed_late(60_000, faults=None)


def test_an_order_is_cancelled_for_a_reason_that_its_events_give() -> None:
    history = good()
    history.records["declined"]["reason"] = "deadline"
    assert fired(history) == {"legal_history"}
    assert "cancelled for deadline without OrderExpired" in detail(history, "legal_history")


def test_orders_given_up_at_the_deadline_are_no_honest_refusals_and_are_counted_beside_them() -> None:
    checks = checkers.check(good().events, good().state(), load(EXPECTED))
    check = next(check for check in checks if check.id == "honest_refusals")
    assert (check.ok, check.looked_at) == (True, 4)
    assert "2 more were given up at their deadlines" in check.detail


def test_an_arm_that_charges_everybody_another_price_is_noticed() -> None:
    asked = [row | {"amount_cents": 350} for row in load({"completed": "completed"})]
    assert fired(good(), asked) == {"as_asked"}
    assert "told 350 cents, it was priced 700" in detail(good(), "as_asked", asked)


def test_events_that_carry_somebody_else_s_order_are_noticed() -> None:
    history = good()
    for event in history.events:
        if event["subject"] == "completed":
            event["data"]["order"] |= {"order_id": "somebody-else"}
    assert fired(history) == {"one_order"}


def test_two_customers_who_hold_the_same_order_are_noticed() -> None:
    asked = load({"completed": "completed"})
    assert fired(good(), asked * 2) == {"as_asked"}


@pytest.mark.parametrize(
    "said",
    [
        {"status": "cancelled", "reason": "payment_declined"},
        {"status": "completed", "reason": None, "closed_ms": START_MS - 200},
        {"status": "completed", "reason": None, "order_id": None},
    ],
)
def test_a_customer_s_row_that_tells_another_ending_is_noticed(said: dict[str, Any]) -> None:
    assert "as_asked" in fired(good(), [*load(EXPECTED), load({"completed": "completed"})[0] | said][5:])


def test_an_answer_remembered_as_accepted_and_announced_as_a_refusal_is_noticed() -> None:
    history = good()
    history.answers["inventory", "out-of-stock"]["reserve"][0] = True
    assert fired(history) == {"no_zombies"}


@pytest.mark.parametrize(
    ("kind", "missed"),
    [
        ("counters", {"never_below_zero", "stock", "money", "parcels", "told_once"}),
        ("dead", {"dead_letters"}),
        ("open", {"every_order_closed"}),
    ],
)
def test_what_was_not_read_is_no_pass(kind: str, missed: set[str]) -> None:
    state = [row for row in good().state() if row["kind"] != kind]
    assert {check.id for check in checkers.check(good().events, state) if not check.ok} == missed


def parked(faults: list[dict[str, Any]] | None, subject: str = "") -> set[str]:
    """The checks that object to a parked message, given what was broken."""
    history = good()
    history.dead[2] |= {"count": 1, "entries": [{"entry": "7-0", "reason": "no order in it", "subject": subject}]}
    checks = checkers.check(history.events, history.state(), load(EXPECTED), faults=faults)
    return {check.id for check in checks if not check.ok}


def test_a_message_parked_in_a_run_needs_something_broken_to_explain_it() -> None:
    kill = {"fault": "kill", "onset_ms": START_MS, "end_ms": START_MS + 1000}
    assert parked([]) == parked([kill]) == {"dead_letters"}
    assert parked([kill], subject="completed") == parked([kill | {"fault": "poison"}]) == parked(None) == set()


def test_a_rule_that_touches_nothing_in_an_arm_says_so_and_claims_nothing() -> None:
    history = History().order("completed", *FORWARD)
    checks = {check.id: check for check in checkers.check(history.events, history.state())}
    assert all(check.ok for check in checks.values())
    untouched = [check.id for check in checks.values() if not check.looked_at]
    assert untouched == ["given_back_fits", "one_history"]
    assert checks["given_back_fits"].detail == "nothing to look at: no undoing among 1 orders"


def test_checks_count_what_they_look_at_and_not_all_orders() -> None:
    seen = {check.id: check.looked_at for check in checkers.check(good().events, good().state())}
    assert (seen["single_charge"], seen["given_back_fits"], seen["told_once"]) == (5, 12, 7)
    assert (seen["money"], seen["parcels"], seen["stock"]) == (6, 5, 7)


def test_an_operation_that_two_replicas_wrote_down_is_noticed() -> None:
    history = good().journaled()
    history.journals["completed"].append(["charge", True, "orchestrator-2"])
    assert fired(history) == {"one_history"}
    told = detail(history, "one_history")
    assert "charge stands 2 times in its journal, written by orchestrator-1 and orchestrator-2" in told


def test_a_journal_that_tells_another_answer_than_the_store_is_noticed() -> None:
    history = good().journaled()
    history.journals["completed"] = [["charge", False, "orchestrator-1"]]
    history.journals["expired-early"].append(["ship", True, "orchestrator-1"])
    assert fired(history) == {"one_history"}
    assert detail(history, "one_history").startswith("2 wrong.")


def test_a_journal_may_know_a_no_that_left_no_mark_and_orders_that_are_dropped() -> None:
    history = good().journaled()
    history.journals["expired-early"].append(["charge", False, "orchestrator-1"])
    history.journals["dropped"] = [["place", True, "orchestrator-1"]]
    assert fired(history) == set()


def test_the_yes_and_the_no_of_an_undoing_are_one() -> None:
    history = good().journaled()
    history.journals["never-placed"] = [["refund", True, "orchestrator-1"]]
    assert fired(history) == set()


def test_a_customer_who_asks_again_and_gets_two_orders_is_noticed() -> None:
    asked = load(EXPECTED)
    asked[0]["told"] = ["completed", "another"]
    assert fired(good(), asked) == {"asked_again"}
    assert "was told 2 orders" in detail(good(), "asked_again", asked)
