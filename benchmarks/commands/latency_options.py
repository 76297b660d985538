"""The options of `harmony run latency`: at which rates, in how many blocks, and with how much injected work."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands import options

if TYPE_CHECKING:
    from benchmarks.plan import Experiment

LATENCY = "latency"
RATE_MIN = 5.0  # 20 orders in the longest block; a median of its own needs ten
RATE_MAX = 4_000.0  # half of what the load generator sends on one core (PERFORMANCE 6)
RATES_MAX = 8
BLOCKS_MAX = 50  # in one start: injected work ends by itself after ten minutes
WORK_MS_MAX = 200.0  # an order has six of them on its way, and a block must end

Rates = Annotated[
    str, typer.Option("--rates", metavar="N,N", help="For latency: orders a second; 30,60,120 or what all carry.")
]
Blocks = Annotated[
    int | None, typer.Option("--blocks", metavar="N", help="For latency: of each arm and rate, in each of 3 starts.")
]
Work = Annotated[
    float | None, typer.Option("--work", metavar="MS", help="For latency: median of the injected work; 0 for none.")
]


def given(rates: str, blocks: int | None, work: float | None) -> bool:
    """Whether any of them was given."""
    return bool(rates) or blocks is not None or work is not None


def experiment(rates: str, blocks: int | None, work: float | None) -> Experiment:
    """What was asked for. Raises usage errors for what cannot be."""
    from benchmarks.experiments import latency

    if blocks is not None and not 1 <= blocks <= BLOCKS_MAX:
        raise options.wrong(f"--blocks is 1 to {BLOCKS_MAX} of each arm and rate in each start, not {blocks}.")
    if work is not None and not 0 <= work <= WORK_MS_MAX:
        raise options.wrong(f"--work is a median of 0 to {WORK_MS_MAX:g} ms for each operation, not {work:g}.")
    return latency.of(_rates(rates), blocks, latency.WORK_MS if work is None else work)


def forewarning(planned: Experiment) -> str | None:
    """What a reader of the report must know before the time is spent: that there will be no verdict."""
    from benchmarks.statistics import BLOCKS_MIN

    most = max((phase.pairs for phase in planned.phases if phase.varied), default=BLOCKS_MIN) * planned.restarts
    if most >= BLOCKS_MIN:
        return None
    needed = math.ceil(BLOCKS_MIN / planned.restarts)
    return f"No verdict will be given: {most} blocks a side, and it takes {BLOCKS_MIN}: --blocks {needed} or more."


def _rates(text: str) -> tuple[float, ...]:
    if not text:
        return ()
    names = options.listed(text)
    if not 1 <= len(names) <= RATES_MAX:
        raise options.wrong(f"--rates takes 1 to {RATES_MAX} rates, such as 30,60,120, not {text!r}.")
    rates = tuple(_rate(name) for name in names)
    if len(set(rates)) < len(rates):
        raise options.wrong(f"--rates names a rate twice: {text}. Each is asked once; --blocks asks for more of it.")
    return rates


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise options.wrong(f"--rates takes orders a second, such as 30,60,120; {text!r} is no number.") from None
    if not rate > 0:
        raise options.wrong(f"--rates takes orders a second above 0, such as 30,60,120, not {text}.")
    if rate > RATE_MAX:
        raise options.wrong(f"{text}/s is more than the load generator can send: ask for at most {RATE_MAX:g}/s.")
    if rate < RATE_MIN:
        raise options.wrong(f"{text}/s gives blocks too few orders to say anything: ask for at least {RATE_MIN:g}/s.")
    return rate
