"""The main job in short: the chosen arms under the same load, then the same service killed in each."""

from __future__ import annotations

from benchmarks.plan import Experiment, Fault, Phase

RATE, RATE_UNDER_FAULT = 60.0, 40.0
KILLED = Fault("kill", "payment-1", at_s=0.5, hold_s=3.0)
PAIRS, PAIRS_OF_MANY = 10, 6  # blocks of each arm: five arms with ten of them would take more than two minutes
FEW = 2  # arms


def of(arms: int) -> Experiment:
    """The tour's experiment for so many arms: shorter for each when there are many."""
    return Experiment(
        name="demo",
        question="How long does an order take in each pattern, what does it cost, and whom does a killed service harm?",
        phases=(
            Phase("warmup", seconds=1.0, rate=RATE, orders="warmup"),
            Phase("measure", seconds=1.0, rate=RATE, pairs=PAIRS if arms <= FEW else PAIRS_OF_MANY),
            Phase("control", seconds=4.0, rate=RATE_UNDER_FAULT, orders="fault", traced=True),
            Phase("fault", seconds=4.0, rate=RATE_UNDER_FAULT, orders="fault", faults=(KILLED,), traced=True),
        ),
    )


EXPERIMENT = of(FEW)
