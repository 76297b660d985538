"""What becomes of an arrival: sent, given back, skipped, refused, accepted, closed, given up; each is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest

from benchmarks.blockload import Answer, Arrival, BlockLoad, now_ms, sampled
from benchmarks.openloop import LATE_MS_MAX, Schedule
from benchmarks.workload import SCENARIOS, Wish, Workload
from common.domain.catalogue import catalogue

FINE = Wish(0, b"{}", "completed", 100)
MALFORMED = Wish(1, b"{", "malformed", 0, "not JSON")
WORKLOAD = Workload(7, SCENARIOS["steady"], catalogue(7))
NEVER_S = 3_600.0


@dataclass
class Shown:
    """A table that remembers."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    figures: list[tuple[str, float, str | None]] = field(default_factory=list)

    def accepted(self, from_due_ms: float, trouble: str | None) -> None:
        self.figures.append(("accepted", from_due_ms, trouble))

    def closed(self, from_due_ms: float, trouble: str | None) -> None:
        self.figures.append(("closed", from_due_ms, trouble))


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def block(shown: Shown) -> BlockLoad:
    return BlockLoad("an-arm", "http://door", 0, shown, shown.rows.append)


def accepts(url: str, body: bytes, traceparent: str) -> Answer:
    return Answer(202, {"order_id": "o-1", "status": "open"})


def refuses(url: str, body: bytes, traceparent: str) -> Answer:
    return Answer(422, {"title": "Unprocessable"})


def test_a_stopped_user_gives_its_arrival_back_to_the_others(block: BlockLoad, shown: Shown) -> None:
    schedule = Schedule()
    schedule.feed(block, now_ms() + 300, [0.0], WORKLOAD)
    stopped = gevent.spawn(schedule.serve, accepts)
    gevent.idle()
    stopped.kill()
    gevent.spawn(schedule.serve, accepts).join(timeout=5)
    schedule.stop(block, grace_s=5)
    assert [row["error"] for row in shown.rows] == [None]
    assert shown.rows[0]["sent_ms"] >= shown.rows[0]["due_ms"]


def test_an_arrival_that_nobody_could_send_in_time_is_counted_and_not_sent(block: BlockLoad, shown: Shown) -> None:
    schedule = Schedule()
    schedule.feed(block, now_ms() - 2 * LATE_MS_MAX, [0.0, 0.1], WORKLOAD)
    schedule.serve(accepts)  # a user that came too late
    schedule.stop(block, grace_s=1)  # the other found no user at all
    assert (block.sent, block.skipped) == (0, 2)
    assert [row["sent_ms"] for row in shown.rows] == [None, None]
    assert all("skipped" in row["error"] for row in shown.rows)


def test_what_is_not_due_when_the_load_is_stopped_is_no_order_at_all(block: BlockLoad, shown: Shown) -> None:
    schedule = Schedule()
    feeding = gevent.spawn(schedule.feed, block, now_ms() + 500, [0.0, NEVER_S], WORKLOAD)
    gevent.idle()
    feeding.kill()
    schedule.stop(block, grace_s=1)
    assert (block.sent, block.skipped, shown.rows) == (0, 0, [])


def test_an_arrival_that_a_user_still_holds_when_its_block_is_over_is_not_sent(block: BlockLoad, shown: Shown) -> None:
    schedule = Schedule()
    schedule.feed(block, now_ms() + 100, [0.0], WORKLOAD)
    holding = gevent.spawn(schedule.serve, accepts)
    gevent.idle()
    schedule.stop(block, grace_s=1)
    holding.join(timeout=5)
    assert (block.sent, shown.rows) == (0, [])


def test_an_order_is_accepted_and_closed_from_when_it_was_due(block: BlockLoad, shown: Shown) -> None:
    due_ms = now_ms() - 500
    block.send(Arrival(due_ms, FINE, block), accepts)
    assert not block.quiet
    block.close("o-1", due_ms + 750)
    assert block.quiet
    (accepted, closed) = shown.figures
    assert accepted[0] == "accepted"
    assert accepted[1] >= 500
    assert closed == ("closed", 750, None)


def test_a_closing_may_be_faster_than_its_202(shown: Shown) -> None:
    closings = {"o-1": now_ms()}
    block = BlockLoad("an-arm", "http://door", 0, shown, shown.rows.append, lambda order: closings.pop(order, None))
    block.send(Arrival(now_ms(), FINE, block), accepts)
    assert block.quiet
    assert block.closed == 1


def test_a_malformed_order_refused_is_neither_accepted_nor_an_error(block: BlockLoad, shown: Shown) -> None:
    block.send(Arrival(now_ms(), MALFORMED, block), refuses)
    assert (block.refused, block.failed, shown.figures) == (1, 0, [])
    assert (shown.rows[0]["error"], shown.rows[0]["accepted_ms"]) == (None, None)


def test_a_malformed_order_accepted_is_an_error(block: BlockLoad, shown: Shown) -> None:
    block.send(Arrival(now_ms(), MALFORMED, block), accepts)
    assert block.failed == 1
    assert shown.rows[0]["error"] == "accepted, although not JSON"


@pytest.mark.parametrize(
    "answer", [Answer(503, {}), Answer(429, {}), Answer(422, {}), Answer(0, {}, "refused"), Answer(200, {})]
)
def test_anything_but_a_202_is_a_failure_of_a_sound_order(block: BlockLoad, shown: Shown, answer: Answer) -> None:
    block.send(Arrival(now_ms(), FINE, block), lambda url, body, trace: answer)
    assert (block.failed, block.quiet) == (1, True)
    assert shown.rows[0]["error"]
    assert shown.figures[0][2]


def test_what_never_closes_is_given_up_and_shown(block: BlockLoad, shown: Shown) -> None:
    block.send(Arrival(now_ms(), FINE, block), accepts)
    block.give_up("not closed")
    assert block.quiet
    assert shown.figures[-1][0::2] == ("closed", "not closed")


def test_about_one_in_a_hundred_is_drawn_for_asking_the_door_from_all_over_a_block() -> None:
    drawn = [index for index in range(20_000) if sampled(7, index)]
    assert 150 < len(drawn) < 250
    assert drawn != [index for index in range(20_000) if sampled(8, index)]
    assert max(drawn) > 19_000


def test_only_accepted_orders_are_drawn(block: BlockLoad) -> None:
    index = next(index for index in range(1_000) if sampled(block.seed, index))
    wish = Wish(index, b"{}", "completed", 100)
    block.send(Arrival(now_ms(), wish, block), lambda url, body, trace: Answer(503, {}))
    assert block.drawn == []
    block.send(Arrival(now_ms(), wish, block), accepts)
    assert block.drawn == ["o-1"]
