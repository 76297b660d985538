"""What is done, with every figure and its reason: probes, bursts to replicas, overload."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks import keeping_up

EXPERIMENT = "capacity"
QUESTION = "How many orders a second does each arm carry, what stands in its way, and what does too much do to it?"

STAGES = ("search", "replicas", "overload")
Stage = Literal["probe", "surge", "warmup", "burst", "overload"]

PROBE_S = 3.0  # from 170 orders/s on five beyond its 99 %; a backlog has a second and a half to show that it grows
SHARE_MIN, GROWTH_S_MAX = keeping_up.SHARE_MIN, keeping_up.GROWTH_S_MAX  # what it is to carry a rate
TOO_MUCH = GROWTH_S_MAX / (PROBE_S / 2)  # so many too many do that: a rate may be told too high by this share
RESOLUTION = 1.10  # between the last rate that is carried and the first that is not: a probe tells no finer
REPEATS = 2  # of these two in the lab of the search; then one of each in every lab of CONFIRMED: a majority decides
PROBES_MAX = 18  # an arm: four to bracket, four to bisect, two to repeat, and as many for those that changed sides
LOWEST = 8  # parts of its easy rate: an arm that does not carry that carries nothing
HIGHEST = 4_000.0  # orders/s: where a load generator on one core ends
SEARCH_S_MAX = 120.0  # for two arms; then the interval is what it is

SIZES = (1, 2, 4)
VISITS = (1, 2, 4, 4, 2, 1, 1, 2, 4)  # labs in turn, there and back: three starts of each size, for a start is the unit
BURSTS = 1  # of a visit to each arm: more in one start would share its luck
CONFIRMED = (0, 5)  # visits, of size 1, that probe both ends of the bracket again: with the search in three starts
SURGED_AT = 6  # the visit of the surge, when what is carried was confirmed
BURST_S, BURST_TIMES = 0.5, 4.0  # as many orders as are carried in 2 s, put in at once, or nearly
CLOSED_SHARE = 0.98  # of a burst: one that waits for its lease to be asked again would halve the figure
ORDERS_MIN = 60  # of a burst

OVERLOADED = ((4.0, 2.0), (4.0, 3.0), (6.0, 0.5))  # seconds, times the knee: scenario `overload`
SURGED = ((4.0, 2.0), (6.0, 0.5))  # scenario `surge`
BOUND_S = 0.5  # seconds of work that a door lets in, as a part of the SLO: refusing takes time from serving, too

BESIDE_S = {"start": 4.0, "end": 1.5, "load": 1.5, "tried": 4.0, "audit": 3.0}  # estimates, for who waits


@dataclass(frozen=True, slots=True)
class Load:
    """So many orders a second to one arm, for so long. `number`: the n-th load of its stage; `size`: replicas."""

    stage: Stage
    arm: str
    number: int
    rate: float
    seconds: float
    seed: int
    scenario: str = "steady"
    size: int = 1


def probe(arm: str, number: int, rate: float, repeat: int, seed: int) -> Load:
    """Both arms are asked the same at the same rate; a repeat asks for other orders at other moments."""
    return Load("probe", arm, number, rate, PROBE_S, seeded(seed, "probe", f"{rate:.3f}", repeat))


def again(arm: str, tried: Sequence[float], rate: float, seed: int) -> Load:
    """The next probe after those at `tried` rates, with orders of its own."""
    return probe(arm, len(tried), rate, tried.count(rate), seed)


def surge(arm: str, knee: float, seed: int) -> Load:
    """Twice the knee, then half of it, to a door with the lab's own bound; no faster than can be sent."""
    return Load("surge", arm, 0, _sent(knee, SURGED) * mean(SURGED), length(SURGED), seeded(seed, "surge"), "surge")


def overload(arm: str, knee: float, seed: int) -> Load:
    """Twice and three times the knee, then half of it, to a door bound for the knee; no faster than can be sent."""
    rate = _sent(knee, OVERLOADED) * mean(OVERLOADED)
    return Load("overload", arm, 0, rate, length(OVERLOADED), seeded(seed, "overload"), "overload")


def bursts(arms: Sequence[str], knees: dict[str, float], visit: int, seed: int) -> Iterator[Load]:
    """What is put into the lab of a visit: a small burst to warm up, then as many as are due, the arms in turn."""
    size = VISITS[visit]
    turns = [arms if number % 2 == visit % 2 else tuple(reversed(arms)) for number in range(BURSTS)]
    for arm in arms:
        yield _burst("warmup", arm, visit, 0, knees[arm] / 4, seed, size)
    for number, turn in enumerate(turns):
        for arm in turn:
            yield _burst("burst", arm, visit, number, knees[arm], seed, size)


def _burst(stage: Stage, arm: str, visit: int, number: int, knee: float, seed: int, size: int) -> Load:
    asked = max(BURST_TIMES * knee, ORDERS_MIN / BURST_S)
    rate = min(asked, HIGHEST)  # as many orders all the same
    seconds = BURST_S * asked / rate
    return Load(stage, arm, 10 * visit + number, rate, seconds, seeded(seed, stage, visit, number), size=size)


def _sent(knee: float, course: Sequence[tuple[float, float]]) -> float:
    """The knee, or as much of it as the load generator can send at the highest point of the course."""
    return min(knee, HIGHEST / max(times for _, times in course))


def bound(knee: float, slo_s: float) -> int:
    """Open orders that a door may let in so that the last of them is closed within the SLO (Little's law)."""
    return max(1, math.floor(knee * slo_s * BOUND_S))


def mean(course: Sequence[tuple[float, float]]) -> float:
    """Times the knee, over the whole course."""
    return sum(seconds * times for seconds, times in course) / length(course)


def length(course: Sequence[tuple[float, float]]) -> float:
    """Seconds."""
    return sum(seconds for seconds, _ in course)


def seeded(seed: int, *words: object) -> int:
    """A stream of chance of its own."""
    return random.Random(":".join(map(str, ("capacity", seed, *words)))).getrandbits(31)


def estimate_s(arms: int) -> dict[str, float]:
    """Stage -> about how long it takes, for who waits."""
    beside = BESIDE_S
    lab = beside["start"] + beside["end"] + beside["audit"]
    probes = arms * 9 * (PROBE_S + beside["load"])
    confirmed = arms * len(CONFIRMED) * 2 * (PROBE_S + 0.3)
    surges = arms * (length(SURGED) + beside["load"] + 1)
    in_bursts = len(VISITS) * (lab + beside["load"] + arms * (BURSTS * 1.7 + 0.8))
    return {
        "search": lab + beside["tried"] + min(SEARCH_S_MAX * arms / 2, probes),
        "replicas": in_bursts + confirmed + surges,
        "overload": arms * (lab + length(OVERLOADED) + beside["load"]),
        "judge": 5.0,
    }
