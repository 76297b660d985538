"""The same seed asks for the same orders, in the right mix, and every malformed body is one."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from pydantic import ValidationError

from benchmarks.workload import FLAWS, SCENARIOS, Wish, Workload
from common.bodies import OrderBody
from common.domain.catalogue import catalogue

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
