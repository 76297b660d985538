"""What the customers ask for: every order decided by (seed, index), so that order i is the same in every arm.

The orders live here, with the outcome that each must have. Which kinds of load there are is `scenarios.py`'s, when
orders arrive is `arrivals.py`'s, sending them is `openloop.py`'s. Nothing here knows an arm.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from benchmarks.arrivals import CROWD
from benchmarks.scenarios import SCENARIOS, Outcome, Scenario
from common.domain.catalogue import LAST_UNIT, SOLD_OUT, Catalogue
from common.domain.payment import DECLINED
from common.domain.shipping import UNDELIVERABLE

__all__ = ["FLAWS", "SCENARIOS", "Outcome", "Scenario", "Wish", "Workload"]

Body = dict[str, Any]

CUSTOMERS = 10_000  # enough that one customer's orders rarely meet
LINES_MAX = 5
ANOTHER_LINE = 0.5  # chance of one line more: geometric, half of all orders have a single line
QUANTITY_MAX = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """One order as it is posted. `amount_cents` is what a completed one costs; 0 for a malformed one."""

    index: int
    body: bytes
    expected: Outcome
    amount_cents: int
    flaw: str | None = None


class Workload:
    """The orders of a seed. `order(i)` needs no other order, so blocks and arms may ask in any sequence."""

    def __init__(self, seed: int, scenario: Scenario, catalogue: Catalogue) -> None:
        self._seed, self._scenario, self._prices = seed, scenario, catalogue.prices
        self._sold_out, self._last = (_kind(catalogue, prefix) for prefix in (SOLD_OUT, LAST_UNIT))
        self._ranked = sorted({*catalogue.prices} - {*self._sold_out, *self._last})
        random.Random(f"ranks:{seed}").shuffle(self._ranked)
        random.Random(f"last:{seed}").shuffle(self._last)
        self._weights = list(accumulate(1 / rank**scenario.zipf for rank in range(1, len(self._ranked) + 1)))

    def order(self, index: int) -> Wish:
        """The order with this index: body, expected outcome and price."""
        dice = random.Random(f"orders:{self._seed}:{index}")
        expected = self._outcome(dice)
        body = self._body(dice, index, expected)
        amount = sum(self._prices[line["sku"]] * line["quantity"] for line in body["lines"])
        if expected != "malformed":
            return Wish(index, _json(body), expected, amount)
        flaw = dice.choice(sorted(FLAWS))
        return Wish(index, FLAWS[flaw](body), expected, 0, flaw)

    def _outcome(self, dice: random.Random) -> Outcome:
        chance = dice.random()
        for outcome, share in self._scenario.refused.items():
            if chance < share:
                return outcome
            chance -= share
        return "first_come" if self._scenario.race else "completed"

    def _body(self, dice: random.Random, index: int, expected: Outcome) -> Body:
        skus, most = self._wanted(dice, index)
        if expected == "out_of_stock":
            skus[dice.randrange(len(skus))] = dice.choice(self._sold_out)
        customer, street = f"customer-{dice.randrange(CUSTOMERS):04d}", f"{dice.randint(1, 999)} Main Street"
        return {
            "customer_id": DECLINED + customer if expected == "payment_declined" else customer,
            "lines": [{"sku": sku, "quantity": dice.randint(1, most)} for sku in skus],
            "address": f"{UNDELIVERABLE} {street}" if expected == "undeliverable" else street,
        }

    def _wanted(self, dice: random.Random, index: int) -> tuple[list[str], int]:
        """The items of an order, and how many of each at most."""
        if self._scenario.race:
            return [self._last[index // CROWD % len(self._last)]], 1
        if self._scenario.hot and random.Random(f"hot:{self._seed}:{index}").random() < self._scenario.hot:
            return self._ranked[:1], QUANTITY_MAX
        return self._skus(dice), QUANTITY_MAX

    def _skus(self, dice: random.Random) -> list[str]:
        """One to five different SKUs, the popular ones more often."""
        lines = 1
        while lines < LINES_MAX and dice.random() < ANOTHER_LINE:
            lines += 1
        chosen: dict[str, None] = {}
        while len(chosen) < min(lines, len(self._ranked)):
            chosen[self._ranked[bisect(self._weights, dice.random() * self._weights[-1])]] = None
        return list(chosen)


def _kind(catalogue: Catalogue, prefix: str) -> list[str]:
    return sorted(sku for sku in catalogue.prices if sku.startswith(prefix))


def _json(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _with_first_line(body: Body, **changes: object) -> bytes:
    first, *rest = body["lines"]
    return _json(body | {"lines": [first | changes, *rest]})


def _without(body: Body, name: str) -> bytes:
    return _json({key: value for key, value in body.items() if key != name})


FLAWS: dict[str, Callable[[Body], bytes]] = {
    "quantity is zero": lambda body: _with_first_line(body, quantity=0),
    "quantity is negative": lambda body: _with_first_line(body, quantity=-2),
    "quantity is a word": lambda body: _with_first_line(body, quantity="two"),
    "quantity is a fraction": lambda body: _with_first_line(body, quantity=1.5),
    "unknown SKU": lambda body: _with_first_line(body, sku="no-such-sku"),
    "no address": lambda body: _without(body, "address"),
    "no customer": lambda body: _without(body, "customer_id"),
    "no lines": lambda body: _json(body | {"lines": []}),
    "lines are not a list": lambda body: _json(body | {"lines": "sku-0001"}),
    "not JSON": lambda body: _json(body)[:-1],
}
"""The ways in which a malformed order is malformed. The door refuses each with 400 or 422 and keeps no trace."""
