"""The kinds of load that the lab knows, as data: how orders arrive, what they ask for, who must be refused and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.arrivals import Law
from benchmarks.shapes import BURST, OVERLOAD, RAMP, SALE, STEPS, SURGE, Shape

Outcome = Literal["completed", "payment_declined", "out_of_stock", "undeliverable", "malformed", "first_come"]
"""What must become of an order. `first_come` is a race: completed or out of stock, if only the numbers are right."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load: how orders arrive, what they ask for, which share of them must be refused and why."""

    name: str
    about: str = ""
    arrivals: Law = "poisson"
    shape: Shape | None = None  # how the rate changes; None: it does not
    zipf: float = 1.0  # skew over the SKUs: 0 asks for all alike, 1 is the web's usual
    hot: float = 0.0  # share of the orders that want one item and nothing else
    race: bool = False  # every crowd wants one unit of one item that has but a few
    refused: Mapping[Outcome, float] = field(
        default_factory=lambda: {
            "payment_declined": 0.10,
            "out_of_stock": 0.03,
            "undeliverable": 0.01,
            "malformed": 0.01,
        }
    )


OFTEN_UNDONE: Mapping[Outcome, float] = {
    "payment_declined": 0.10,
    "out_of_stock": 0.05,
    "undeliverable": 0.05,
    "malformed": 0.01,
}
"""For the soak: whatever can grow, of an undoing too, must grow enough to be seen."""

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("steady", "Poisson arrivals at one rate"),
        Scenario("metronome", "evenly spaced, for looking at things", arrivals="constant"),
        Scenario("ramp", "from a fifth of the rate to nine fifths", shape=RAMP),
        Scenario("step", "the same climb in five steps", shape=STEPS),
        Scenario("burst", "half the rate, and for an eighth of the time nine times that", shape=BURST),
        Scenario("overload", "14 s: four at 2 x, four at 3 x, six at 0.5 x 14/23 of the rate", shape=OVERLOAD),
        Scenario("surge", "four tenths of the time at 2 x, the rest at 0.5 x 10/11 of the rate", shape=SURGE),
        Scenario("flash-sale", "9 of 10 want one item, most of them as the sale opens", shape=SALE, hot=0.9),
        Scenario("soak", "steady, with twice the undoing: for hours", refused=OFTEN_UNDONE),
        Scenario("last-unit", "crowds of 50, each after the last 3 units of an item", "crowds", race=True, refused={}),
    )
}
