"""The same seed asks for the same orders, in the right mix, and every malformed body is one."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from benchmarks.arrivals import CROWD
from benchmarks.workload import FLAWS, SCENARIOS, Wish, Workload
from common.bodies import OrderBody
from common.domain.catalogue import LAST_UNIT, LAST_UNITS, STOCK_UNITS, catalogue

SEED = 7
SHOP = catalogue(SEED)
MANY = 20_000


@pytest.fixture(scope="module")
def wishes() -> list[Wish]:
    workload = Workload(SEED, SCENARIOS["steady"], SHOP)
    return [workload.order(index) for index in range(MANY)]


def refused_by_the_door(body: bytes) -> bool:
    """The door's own model of a body, and its look into the catalogue."""
    try:
        order = OrderBody.model_validate_json(body)
    except ValidationError:
        return True
    return any(line.sku not in SHOP.prices for line in order.lines)


def test_the_same_seed_asks_for_the_same_orders_in_whatever_sequence() -> None:
    one, other = (Workload(SEED, SCENARIOS["steady"], SHOP) for _ in range(2))
    assert [one.order(index) for index in range(300)] == [other.order(index) for index in reversed(range(300))][::-1]


def test_another_seed_asks_for_other_orders() -> None:
    one, other = (Workload(seed, SCENARIOS["steady"], SHOP) for seed in (SEED, SEED + 1))
    assert [one.order(index) for index in range(50)] != [other.order(index) for index in range(50)]


@pytest.mark.parametrize(
    ("expected", "share"),
    [
        ("payment_declined", 0.10),
        ("out_of_stock", 0.03),
        ("undeliverable", 0.01),
        ("malformed", 0.01),
        ("completed", 0.85),
    ],
)
def test_each_outcome_has_its_share(wishes: list[Wish], expected: str, share: float) -> None:
    counted = sum(wish.expected == expected for wish in wishes) / MANY
    assert counted == pytest.approx(share, abs=4 * (share * (1 - share) / MANY) ** 0.5), f"seed {SEED}"


def test_what_is_expected_shows_in_the_body(wishes: list[Wish]) -> None:
    signs = {"payment_declined": "declined-", "out_of_stock": "sold-out-", "undeliverable": "undeliverable"}
    for wish in wishes:
        if wish.expected != "malformed":
            shown = {outcome for outcome, sign in signs.items() if sign in wish.body.decode()}
            assert shown == {wish.expected} - {"completed"}, wish


def test_every_kind_of_malformed_body_occurs_and_is_refused(wishes: list[Wish]) -> None:
    malformed = [wish for wish in wishes if wish.expected == "malformed"]
    assert {wish.flaw for wish in malformed} == set(FLAWS)
    accepted = [(wish.flaw, wish.body) for wish in malformed if not refused_by_the_door(wish.body)]
    assert accepted == []


def test_every_other_body_is_well_formed(wishes: list[Wish]) -> None:
    refused = [wish for wish in wishes if wish.expected != "malformed" and refused_by_the_door(wish.body)]
    assert refused == []


def test_the_amount_is_the_price_of_the_lines(wishes: list[Wish]) -> None:
    wish = next(wish for wish in wishes if wish.expected == "completed")
    lines = json.loads(wish.body)["lines"]
    assert wish.amount_cents == sum(SHOP.prices[line["sku"]] * line["quantity"] for line in lines)


def test_lines_are_geometric_and_items_skewed(wishes: list[Wish]) -> None:
    bodies = [json.loads(wish.body) for wish in wishes if wish.expected == "completed"]
    lines = Counter(len(body["lines"]) for body in bodies)
    assert set(lines) == {1, 2, 3, 4, 5}
    assert lines[1] / len(bodies) == pytest.approx(0.5, abs=0.02)
    assert lines[2] / len(bodies) == pytest.approx(0.25, abs=0.02)
    asked = Counter(line["sku"] for body in bodies for line in body["lines"])
    (_, most), (_, second), *_ = asked.most_common()
    assert most / second == pytest.approx(2.0, rel=0.25), "Zipf 1.0: the first is asked for twice as often"
    assert {line["quantity"] for body in bodies for line in body["lines"]} == {1, 2, 3}


def asked(name: str, orders: int) -> list[Wish]:
    workload = Workload(SEED, SCENARIOS[name], SHOP)
    return [workload.order(index) for index in range(orders)]


def lines_of(wishes: list[Wish]) -> list[dict[str, Any]]:
    return [line for wish in wishes if wish.expected != "malformed" for line in json.loads(wish.body)["lines"]]


def test_most_lines_of_a_flash_sale_are_of_one_item_that_outlasts_it() -> None:
    lines = lines_of(asked("flash-sale", 4_000))
    ((hot, times), _), every = Counter(line["sku"] for line in lines).most_common(2), len(lines)
    assert times / every > 0.75, f"seed {SEED}"
    assert SHOP.stock[hot] == STOCK_UNITS


def test_a_flash_sale_refuses_as_many_as_a_steady_load() -> None:
    sale, steady = (Counter(wish.expected for wish in asked(name, 4_000)) for name in ("flash-sale", "steady"))
    assert sale == steady, "the same dice decide"


def test_a_crowd_wants_one_unit_of_one_item_that_has_few_and_the_next_crowd_of_another() -> None:
    wishes = asked("last-unit", 3 * CROWD)
    lines = lines_of(wishes)
    crowds = [{line["sku"] for line in lines[at : at + CROWD]} for at in range(0, 3 * CROWD, CROWD)]
    assert {wish.expected for wish in wishes} == {"first_come"}
    assert [len(crowd) for crowd in crowds] == [1, 1, 1]
    assert len(set.union(*crowds)) == 3
    assert {SHOP.stock[line["sku"]] for line in lines} == {LAST_UNITS}
    assert {line["quantity"] for line in lines} == {1}


def test_only_a_race_asks_for_a_last_unit() -> None:
    for name in set(SCENARIOS) - {"last-unit"}:
        assert not any(line["sku"].startswith(LAST_UNIT) for line in lines_of(asked(name, 1_000))), name


def test_every_scenario_says_what_it_is() -> None:
    assert all(each.about and each.name == name for name, each in SCENARIOS.items())


def test_what_was_in_the_shop_before_costs_what_it_cost() -> None:
    dice = random.Random(f"catalogue:{SEED}")
    before = [*(f"sku-{number:04d}" for number in range(1_000)), *(f"sold-out-{number:02d}" for number in range(10))]
    assert {sku: SHOP.prices[sku] for sku in before} == {sku: dice.randint(100, 20_000) for sku in before}
    assert Counter(SHOP.stock[sku] for sku in before) == {STOCK_UNITS: 1_000, 0: 10}
