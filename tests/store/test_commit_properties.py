"""Any service operations, of any orders, in any order, repeated, late, undone before they were done: the sums hold.

The machine asks a real server at random; the model is one line for each thing that may have been done.
"""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from common.domain import inventory, notification, order, payment, shipping
from common.domain.effect import Operation, name_of, service_of
from common.domain.model import Order
from common.store.commit import Store, Verdict
from common.store.connect import connect
from tests.orders import an_order, wish
from tests.servers import Server

STOCK = 6  # so that about half of the reservations are refused
PAIRS: dict[Operation, Operation] = {
    inventory.reserve: inventory.release,
    payment.charge: payment.refund,
    shipping.ship: shipping.recall,
}
OPERATIONS: tuple[Operation, ...] = tuple(
    operation for module in (order, inventory, payment, shipping, notification) for operation in module.OPERATIONS
)
KINDS: tuple[dict[str, Any], ...] = ({}, {"customer": "declined-bob"}, {"address": "undeliverable"}, {"quantity": 4})


def machine(server: Server) -> type[RuleBasedStateMachine]:
    class Commits(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.runner = asyncio.Runner()
            self.redis = connect(server.credentials(), decode=True)
            self.orders: list[Order] = []
            self.answers: dict[tuple[str, str], Verdict] = {}
            self._run(self.redis.flushall())
            self._run(self.redis.hset("{inventory}:counters", "stock:sku-0001", str(STOCK)))

        def _run(self, what: Any) -> Any:
            return self.runner.run(_awaited(what))

        @rule(kind=st.sampled_from(KINDS))
        def new_order(self, kind: dict[str, Any]) -> None:
            self.orders.append(an_order(**kind))

        @rule(data=st.data(), operations=st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=6))
        def ask(self, data: st.DataObject, operations: list[Operation]) -> None:
            if not self.orders:
                self.orders.append(an_order())
            for service in {service_of(operation) for operation in operations}:
                mine = [operation for operation in operations if service_of(operation) == service]
                asked = [(operation, data.draw(st.sampled_from(self.orders))) for operation in mine]
                wishes = [wish(operation, each, "why") for operation, each in asked]
                for (operation, each), verdict in zip(
                    asked, self._run(Store(self.redis, service).commit(wishes)), strict=True
                ):
                    self._check_answer(operation, each, verdict)

        def _check_answer(self, operation: Operation, each: Order, verdict: Verdict) -> None:
            name = (each.order_id, name_of(operation))
            known = self.answers.get(name)
            if known is None and verdict.event is not None:
                assert verdict.first
                self.answers[name] = verdict
            elif known is not None:
                assert not verdict.first
                assert (verdict.accepted, verdict.event) == (known.accepted, known.event)

        @rule()
        def forget_scripts(self) -> None:
            self._run(self.redis.script_flush())

        def _done(self, operation: Operation) -> list[Order]:
            """Orders for which this was done and not undone."""
            undo = PAIRS[operation]
            return [
                each
                for each in self.orders
                if (answer := self.answers.get((each.order_id, name_of(operation))))
                and answer.accepted
                and (each.order_id, name_of(undo)) not in self.answers
            ]

        def _counter(self, service: str, counter: str) -> int:
            return int(self._run(self.redis.hget(f"{{{service}}}:counters", counter)) or 0)

        @invariant()
        def stock_money_and_parcels_are_those_of_what_was_done_and_not_undone(self) -> None:
            if not hasattr(self, "orders"):
                return
            taken = sum(line.quantity for each in self._done(inventory.reserve) for line in each.lines)
            assert self._counter("inventory", "stock:sku-0001") == STOCK - taken >= 0
            charged = self._done(payment.charge)
            assert self._counter("payment", "till") == sum(each.amount_cents for each in charged)
            assert self._counter("shipping", "parcels") == len(self._done(shipping.ship))

        @invariant()
        def every_answer_is_an_event_and_every_event_an_answer(self) -> None:
            if not hasattr(self, "orders"):
                return
            streams = list(self._run(self.redis.keys("*:events:*")))
            told = [fields["id"] for key in streams for _, fields in self._run(self.redis.xrange(key))]
            assert sorted(told) == sorted("/".join(name) for name in self.answers)

        @invariant()
        def no_order_is_both_completed_and_expired(self) -> None:
            for each in getattr(self, "orders", []):
                completed = (each.order_id, "complete") in self.answers
                assert not (completed and (each.order_id, "expire") in self.answers)
                assert not (completed and (each.order_id, "cancel") in self.answers)

        def teardown(self) -> None:
            if hasattr(self, "redis"):
                self._run(self.redis.aclose())
                self.runner.close()

    return Commits


async def _awaited(what: Any) -> Any:
    return await what


def test_the_sums_hold_whatever_is_asked_in_whatever_order(server: Server) -> None:
    run_state_machine_as_test(
        machine(server),
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            derandomize=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
