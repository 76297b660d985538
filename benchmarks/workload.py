"""What the customers ask for: every order decided by (seed, index), so that order i is the same in every arm.

The orders live here, with the outcome that each must have. When they arrive is `arrivals.py`'s, sending
them is `openloop.py`'s. Nothing here knows an arm.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

from common.domain.catalogue import SOLD_OUT, Catalogue
from common.domain.payment import DECLINED
from common.domain.shipping import UNDELIVERABLE

Outcome = Literal["completed", "payment_declined", "out_of_stock", "undeliverable", "malformed"]
Body = dict[str, Any]

CUSTOMERS = 10_000  # enough that one customer's orders rarely meet
LINES_MAX = 5
ANOTHER_LINE = 0.5  # chance of one line more: geometric, half of all orders have a single line
QUANTITY_MAX = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load: how orders arrive, what they ask for, which share of them must be refused and why."""

    name: str
    arrivals: Literal["poisson", "constant"] = "poisson"
    zipf: float = 1.0  # skew over the SKUs: 0 asks for all alike, 1 is the web's usual
    refused: Mapping[Outcome, float] = field(
        default_factory=lambda: {
            "payment_declined": 0.10,
            "out_of_stock": 0.03,
            "undeliverable": 0.01,
            "malformed": 0.01,
        }
    )


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("steady"),
        Scenario("metronome", arrivals="constant"),
    )
}


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
        in_stock = sorted(sku for sku in catalogue.prices if not sku.startswith(SOLD_OUT))
        self._sold_out = sorted(sku for sku in catalogue.prices if sku.startswith(SOLD_OUT))
        random.Random(f"ranks:{seed}").shuffle(in_stock)
        self._ranked = in_stock
        self._weights = list(accumulate(1 / rank**scenario.zipf for rank in range(1, len(in_stock) + 1)))

    def order(self, index: int) -> Wish:
        """The order with this index: body, expected outcome and price."""
        dice = random.Random(f"orders:{self._seed}:{index}")
        expected = self._outcome(dice)
        body = self._body(dice, expected)
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
        return "completed"

    def _body(self, dice: random.Random, expected: Outcome) -> Body:
        skus = self._skus(dice)
        if expected == "out_of_stock":
            skus[dice.randrange(len(skus))] = dice.choice(self._sold_out)
        customer, street = f"customer-{dice.randrange(CUSTOMERS):04d}", f"{dice.randint(1, 999)} Main Street"
        return {
            "customer_id": DECLINED + customer if expected == "payment_declined" else customer,
            "lines": [{"sku": sku, "quantity": dice.randint(1, QUANTITY_MAX)} for sku in skus],
            "address": f"{UNDELIVERABLE} {street}" if expected == "undeliverable" else street,
        }

    def _skus(self, dice: random.Random) -> list[str]:
        """One to five different SKUs, the popular ones more often."""
        lines = 1
        while lines < LINES_MAX and dice.random() < ANOTHER_LINE:
            lines += 1
        chosen: dict[str, None] = {}
        while len(chosen) < min(lines, len(self._ranked)):
            chosen[self._ranked[bisect(self._weights, dice.random() * self._weights[-1])]] = None
        return list(chosen)


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
