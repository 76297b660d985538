"""How long does an order take in each arm? The same orders at the same moments, arm after arm in short blocks: at
several rates, and once with work that every operation pretends to do.

One condition is the reference, from which the headline's figures come; the others say how far they carry.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.plan import Experiment, Injected, Phase, block_s

RATE = 60.0  # well below what two cores carry in any arm: this is about time, not about capacity
RATES = (30.0, RATE, 120.0)
STARTS = 3
PAIRS = 7  # times 3 starts: 21 blocks a side tell 5 % in CPU and about 10 % in the median from noise
PAIRS_BESIDE = 4  # 12 blocks a side: enough for a verdict, and all conditions together take less than five minutes
WORK_MS, SIGMA = 5.0, 0.5  # about what a service with a database of its own takes; one in six takes 8 ms and more


def of(rates: Sequence[float] = (), pairs: int | None = None, work_ms: float = WORK_MS) -> Experiment:
    """The experiment at these rates (orders/s), with work of this median (ms; 0: none) at the reference rate.

    The reference is 60/s, or the middle one where 60/s is not among them. `pairs`: of each condition in each start.
    Without rates it is at RATES, which are lowered for arms that do not carry the reference with ease.
    """
    as_asked, rates = bool(rates), rates or RATES
    reference = reference_of(rates)
    plain = [_phase(rate, rate == reference, pairs) for rate in sorted(rates)]
    worked = []
    if work_ms:
        work = Injected(work_ms, SIGMA)
        warmup = Phase("warmup", seconds=1.0, rate=reference, orders="warmup with work", work=work)
        worked = [warmup, _phase(reference, False, pairs, work)]
    return Experiment(
        name="latency",
        question="How long until an order is accepted, decided and closed, and what does it cost?",
        phases=(Phase("warmup", seconds=2.0, rate=reference, orders="warmup"), *plain, *worked),
        restarts=STARTS,
        as_asked=as_asked,
    )


def reference_of(rates: Sequence[float]) -> float:
    """The rate that the headline is about."""
    return RATE if RATE in rates else sorted(rates)[(len(rates) - 1) // 2]


def _phase(rate: float, reference: bool, pairs: int | None, work: Injected | None = None) -> Phase:
    return Phase(
        "measure" if reference else "beside",
        seconds=block_s(rate),
        rate=rate,
        pairs=pairs or (PAIRS if reference else PAIRS_BESIDE),
        orders=f"{rate:g}/s with work" if work else "measure" if reference else f"{rate:g}/s",
        work=work,
        varied=True,
    )


EXPERIMENT = of()
