"""Arms are compared under equal conditions only; what differs and must not is told."""

from __future__ import annotations

from benchmarks.ledger import differences, ledger
from common.settings import Settings
from compose.arms import ARMS

SETTINGS = Settings(seed=7)


def test_the_two_default_arms_run_under_equal_conditions() -> None:
    ledgers = {arm: ledger(ARMS[arm], SETTINGS) for arm in ("orchestration-http", "choreography-streams")}
    assert differences(ledgers) == []
    assert (
        ledgers["orchestration-http"]["first_durable_write"] != ledgers["choreography-streams"]["first_durable_write"]
    )


def test_unequal_durability_is_told_in_a_sentence() -> None:
    strict = Settings(seed=7, appendfsync="always")
    told = differences(
        {
            "orchestration-http": ledger(ARMS["orchestration-http"], SETTINGS),
            "choreography-streams": ledger(ARMS["choreography-streams"], strict),
        }
    )
    assert told == ["durability of Redis: orchestration-http has everysec, choreography-streams has always"]


def test_the_price_of_a_pattern_is_no_difference() -> None:
    costly = ledger(ARMS["orchestration-http"], SETTINGS) | {"messages_per_order": 12.9}
    cheap = ledger(ARMS["choreography-streams"], SETTINGS) | {"messages_per_order": 5.0}
    assert differences({"orchestration-http": costly, "choreography-streams": cheap}) == []
