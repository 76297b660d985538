"""What a coupling run does: some traced orders in peace, then each component of each arm away in turn.

All blocks with something away ask for the same orders at the same moments. A component is every process of a service;
the arm's Redis server, which all of its services share, is taken away last and told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.plan import Experiment, Fault, Phase
from compose.arm import Arm
from compose.arms import ARMS

EXPERIMENT = "coupling"
QUESTION = "Who depends on whom: in the code, while orders run, and when somebody is away?"
REDIS = "redis"  # what the lab calls an arm's server
EASE_SHARE = 0.5
ORDER_OF_SHOWING = ("orchestrator", "worker", "order", "inventory", "payment", "shipping", "notification")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done. Seconds, and orders a second to one arm at a time.

    The 4 s away less the last second, in which an order would not be through either, are some 60 orders due.
    """

    rate: float = 20.0
    traced_s: float = 8.0  # some 160 orders, each traced
    before_s: float = 1.0
    away_s: float = 4.0  # less than half of an order's deadline: what waits is not given up before it is back
    after_s: float = 1.5
    warm_s: float = 1.0
    only: tuple[str, ...] = ()  # take only these away


def components(arm: Arm) -> tuple[str, ...]:
    """The services of an arm, entry and conductors first; those that nobody knows yet last."""
    own = [role.service for role in arm.roles]
    known = [each for each in ORDER_OF_SHOWING if each in own]
    return (*known, *(each for each in own if each not in known))


def everybody(arms: Sequence[str], table: Mapping[str, Arm] = ARMS) -> tuple[str, ...]:
    """The components of all these arms, each once, in the order of showing them."""
    found = dict.fromkeys(each for arm in arms for each in components(table[arm]))
    return tuple(sorted(found, key=lambda each: (_place(each), each)))


def modest(size: Size, arms: Sequence[str], table: Mapping[str, Arm] = ARMS) -> Size:
    """No more orders a second than half of what the least of these arms carries with ease.

    What was left behind while somebody was away is then done while orders go on coming, and is in nobody's way.
    """
    return replace(size, rate=min(size.rate, *(table[arm].easy_rate * EASE_SHARE for arm in arms)))


def planned(
    arms: Sequence[str], size: Size, replicas: Mapping[str, int], table: Mapping[str, Arm] = ARMS
) -> Experiment:
    """The experiment for these arms: warm-up, the traced orders, then an outage of each component."""
    size = modest(size, arms, table)
    warm = Phase("warmup", size.warm_s, size.rate, orders="warmup")
    traced = Phase("measure", size.traced_s, size.rate, traced=True)
    targets = [each for each in (*everybody(arms, table), REDIS) if not size.only or each in size.only]
    away = tuple(_outage(each, arms, size, replicas, table) for each in targets)
    return Experiment(EXPERIMENT, QUESTION, (warm, traced, *away), tuple(arms))


def component_of(process: str) -> str:
    """`payment` of payment-1; the server has no number."""
    name, dash, number = process.rpartition("-")
    return name if dash and number.isdigit() else process


def _outage(
    target: str, arms: Sequence[str], size: Size, replicas: Mapping[str, int], table: Mapping[str, Arm]
) -> Phase:
    having = tuple(arm for arm in arms if target == REDIS or target in components(table[arm]))
    processes = (REDIS,) if target == REDIS else [f"{target}-{n + 1}" for n in range(replicas.get(target, 1))]
    faults = tuple(Fault("kill", process, size.before_s, size.away_s) for process in processes)
    seconds = size.before_s + size.away_s + size.after_s
    return Phase("fault", seconds, size.rate, faults=faults, orders="away", arms=having)


def _place(component: str) -> int:
    known = component in ORDER_OF_SHOWING
    return ORDER_OF_SHOWING.index(component) if known else len(ORDER_OF_SHOWING)
