"""What a kill test sets out to do, how it is dealt to the arms, and the dice: every draw by seed, arm and kill number.

So a test that goes on from its folder draws what it would have drawn without the pause.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ROUND_KILLS = 10  # between two audits: rest and audit take about as long as two kills
RATE = 10.0  # orders a second and arm: five arms are then busy with kills and not with load, on two cores
GROUP = 4  # orders that come at once
OFFSET_S_MAX = 0.04  # an order takes 10 to 40 ms: a kill falls anywhere in its life, or shortly after
SPACING = 2.0  # from one kill to the next, in measured recoveries
SPACING_S_MIN = 1.0
STRETCH_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Share:
    """One arm's part."""

    kills: int
    orders: int


@dataclass(frozen=True, slots=True)
class Plan:
    """So many kills over at least so many orders, in all."""

    arms: tuple[str, ...]
    kills: int
    orders: int
    seed: int
    rate: float = RATE

    def shares(self) -> dict[str, Share]:
        """Alike for all arms; what does not divide goes to the first ones."""
        kills, orders = _dealt(self.kills, len(self.arms)), _dealt(self.orders, len(self.arms))
        return {arm: Share(*both) for arm, *both in zip(self.arms, kills, orders, strict=True)}


@dataclass(frozen=True, slots=True)
class Draw:
    """One kill: which process, how long after a group of orders was sent, by how much its spacing is stretched."""

    process: str
    offset_s: float
    stretch: float

    def spacing_s(self, recovery_s: float) -> float:
        """From this kill to the next."""
        return max(SPACING_S_MIN, SPACING * recovery_s) * self.stretch


def draw(seed: int, arm: str, number: int, processes: Sequence[str]) -> Draw:
    """The arm's kill with this number. Every process is as likely as any other, the server included."""
    dice = random.Random(f"kills:{seed}:{arm}:{number}")
    return Draw(dice.choice(sorted(processes)), dice.uniform(0, OFFSET_S_MAX), 1 + dice.uniform(0, STRETCH_MAX))


def round_of(left: Share) -> Share:
    """The next round's part of what is left: so many kills, and their share of the orders."""
    kills = min(ROUND_KILLS, left.kills)
    return Share(kills, max(0, left.orders) if kills == left.kills else max(0, left.orders) * kills // left.kills)


def gaps(plan: Plan, arm: str, first: int) -> Iterator[float]:
    """Endless pauses in seconds before each group of orders, for a stream that begins with the order `first`."""
    dice = random.Random(f"groups:{plan.seed}:{arm}:{first}")
    while True:
        yield dice.expovariate(plan.rate / GROUP)


def _dealt(total: int, hands: int) -> list[int]:
    return [total // hands + (1 if hand < total % hands else 0) for hand in range(hands)]
