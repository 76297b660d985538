"""How long, how fast, how long orders are remembered, how often one looks: a soak's figures, all from its length."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compose.arm import Arm
from compose.arms import ARMS

EXPERIMENT = "soak"
QUESTION = "Does anything grow under a steady load that goes on?"
DURATION_S, DURATION_S_MIN, DURATION_S_MAX = 600.0, 15.0, 86_400.0
RATE_MAX = 1_000.0  # one load generator sends some thousands a second; a soak is about time
ORDERS_MAX = 1_500_000  # to an arm: the favourite item, of which there is a million, is in half as many
LIVES = 15  # an order's memory fits into the run so often: retention must work again and again
RETENTION_S_MIN, RETENTION_S_MAX = 5.0, 900.0  # under 5 s an order on its way would be taken for one long dropped
WARM_SHARE, WARM_LIVES = 0.2, 2.0  # cut: caches and pools fill, and what is remembered reaches its level
SAMPLE_S, SAMPLES = 5.0, 120  # at least so many looks in a short run, one every 5 s in others
SAMPLE_S_MIN, SAMPLES_MAX = 0.25, 1_000  # a look takes some 50 ms; more than a thousand say no more
UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
WRITTEN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|)")


@dataclass(frozen=True, slots=True)
class Soak:
    """What is done: so many orders a second to each arm, at the same time, for so long."""

    seconds: float
    rate: float
    retention_s: float
    warm_s: float
    sample_s: float


def planned(seconds: float, rate: float, retention_s: float | None = None) -> Soak:
    """The soak of this length. `retention_s` None: as short as it must be to work LIVES times. Raises ValueError."""
    if not DURATION_S_MIN <= seconds <= DURATION_S_MAX:
        raise ValueError(f"a soak lasts {DURATION_S_MIN:g} s to {DURATION_S_MAX / 3600:g} h, not {seconds:g} s")
    if not 0 < rate <= RATE_MAX:
        raise ValueError(f"a rate is more than 0 and at most {RATE_MAX:g} orders a second, not {rate:g}")
    if seconds * rate > ORDERS_MAX:
        raise ValueError(f"stock lasts for {ORDERS_MAX:,} orders to an arm, and these would be {seconds * rate:,.0f}")
    kept_s = retention_s or min(RETENTION_S_MAX, max(RETENTION_S_MIN, seconds / LIVES))
    warm_s = max(WARM_SHARE * seconds, min(WARM_LIVES * kept_s, seconds / 2))
    sample_s = max(min(SAMPLE_S, seconds / SAMPLES), SAMPLE_S_MIN, seconds / SAMPLES_MAX)
    return Soak(seconds, rate, round(kept_s, 1), round(warm_s, 1), round(sample_s, 2))


def easy_rate(arms: Sequence[str], table: Mapping[str, Arm] = ARMS) -> float:
    """Orders a second that each of these arms carries with ease while the others carry as many.

    An arm alone carries its `easy_rate`; n orders a second take it n / easy_rate of the machine, and together they
    take all that one arm with ease may.
    """
    rate = 1 / sum(1 / table[arm].easy_rate for arm in arms)
    return float(math.floor(rate)) if rate >= 1 else rate


def seconds_of(text: str) -> float:
    """`10m`, `90s`, `1.5h`, `600`. Raises ValueError with the sentence for a person."""
    written = WRITTEN.fullmatch(text.strip().lower())
    if written is None:
        raise ValueError(f"a duration is written as 90s, 10m or 1h, not {text!r}")
    return float(written.group(1)) * UNITS[written.group(2)]
