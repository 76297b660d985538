"""The seeded bugs, as a table: where each shows, what provokes it, and which invariant must fire.

Nothing here is left to luck: decisions are held up, processes die at named points or are paused for a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a process is told to suffer from before the orders come (see common.faults)."""

    process: str
    fault: Literal["slow", "fail", "crash"]
    operation: str
    point: str = ""
    delay_ms: float = 0
    for_s: float = 10

    def body(self) -> dict[str, Any]:
        """What is posted to /faults."""
        what = {"fault": self.fault, "operation": self.operation, "point": self.point}
        return what | {"delay_ms": self.delay_ms, "for_s": self.for_s}


@dataclass(frozen=True, slots=True)
class Pause:
    """A process is silent for `lasts_s`, from `at_s` after the beginning of a chunk."""

    process: str
    at_s: float
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Bug:
    """A switch, and the smallest plan that shows what is wrong with it.

    `invariant` is the check that must fire. `spread_s`: in which time the orders of a chunk come, at once by default.
    `asks`: how often each customer asks, with the same key. `close_within_s`: how soon customers give up, if they say
    so. `settle_s`: how long the consequences of a chunk may take, at least.
    """

    switch: str
    arm: str
    invariant: str
    how: str
    troubles: tuple[Trouble, ...] = ()
    pauses: tuple[Pause, ...] = ()
    replicas: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    spread_s: float = 0.0
    asks: int = 1
    close_within_s: float | None = None
    settle_s: float = 0.5


BUGS = (
    Bug(
        "no-dedupe",
        "choreography-streams",
        "single_charge",
        "payment dies between its commit and its ack, and hears again",
        troubles=(Trouble("payment-1", "crash", "reserve", "ack.before"),),
        settings={"deadline_s": 3.0},
    ),
    Bug(
        "mark-then-effect",
        "choreography-streams",
        "no_zombies",
        "payment dies between the mark and the effect",
        troubles=(Trouble("payment-1", "crash", "charge", "commit.after"),),
        settings={"deadline_s": 1.5},
    ),
    Bug(
        "no-undo-marks",
        "choreography-streams",
        "all_or_nothing",
        "a charge is held up until its order has expired and is undone",
        troubles=(Trouble("payment-1", "slow", "charge", delay_ms=1_500, for_s=1),),
        settings={"deadline_s": 0.5},
        settle_s=2.5,
    ),
    Bug(
        "publish-after-commit",
        "choreography-streams",
        "no_zombies",
        "payment dies between the commit and the publication",
        troubles=(Trouble("payment-1", "crash", "charge", "commit.after"),),
        settings={"deadline_s": 1.5},
    ),
    Bug(
        "xadd-retry",
        "choreography-streams",
        "no_ghosts",
        "with this switch every fourth reply to XADD is taken as lost, without a fault",
        settings={"deadline_s": 3.0},
    ),
    Bug(
        "maxlen-trim",
        "choreography-streams",
        "every_order_closed",
        "payment is paused while orders come",
        pauses=(Pause("payment-1", 0.0, 0.5),),
        settings={"deadline_s": 1.0},
        spread_s=0.2,
    ),
    Bug(
        "ack-before-commit",
        "choreography-streams",
        "every_order_closed",
        "customers give up soon, and shipping dies over the recalls that it has read",
        troubles=(
            Trouble("shipping-1", "slow", "recall", delay_ms=400, for_s=1),
            Trouble("shipping-1", "crash", "recall", "commit.before"),
        ),
        settings={"deadline_s": 1.0},
        close_within_s=0.001,
    ),
    Bug(
        "no-journal",
        "orchestration-http",
        "every_order_closed",
        "the orchestrator dies with orders under way",
        troubles=(Trouble("orchestrator-1", "crash", "ship", "journal.after"),),
        settings={"deadline_s": 1.0},
    ),
    Bug(
        "no-fencing",
        "orchestration-http",
        "one_history",
        "an orchestrator is paused for longer than its lease, while charges are slow",
        troubles=(Trouble("payment-1", "slow", "charge", delay_ms=600, for_s=1),),
        pauses=(Pause("orchestrator-1", 0.3, 1.2),),
        replicas={"orchestrator": 2},
        settings={"deadline_s": 5.0, "lease_s": 0.3},
        settle_s=2.0,
    ),
    Bug(
        "deadline-without-expire",
        "orchestration-http",
        "every_order_closed",
        "an order is held up before it is placed, until after its deadline",
        troubles=(Trouble("order-1", "slow", "place", delay_ms=2_600, for_s=1),),
        settings={"deadline_s": 0.5},
        settle_s=3.2,
    ),
    Bug(
        "no-deadline",
        "choreography-streams",
        "every_order_closed",
        "payment fails to decide on charges until they are set aside",
        troubles=(Trouble("payment-1", "fail", "charge", for_s=2),),
        settings={"deadline_s": 0.8, "attempts_max": 2},
        settle_s=1.5,
    ),
    Bug(
        "no-idempotency-key",
        "orchestration-http",
        "asked_again",
        "every customer asks twice, with the same key",
        settings={"deadline_s": 3.0},
        asks=2,
    ),
)
