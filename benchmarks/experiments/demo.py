"""The main job in short: both patterns under the same load, then the same service killed in each."""

from __future__ import annotations

from benchmarks.plan import Experiment, Fault, Phase

RATE, RATE_UNDER_FAULT = 60.0, 40.0
KILLED = Fault("kill", "payment-1", at_s=0.5, hold_s=3.0)

EXPERIMENT = Experiment(
    name="demo",
    question="How long does an order take in each pattern, what does it cost, and whom does a killed service harm?",
    phases=(
        Phase("warmup", seconds=1.0, rate=RATE, orders="warmup"),
        Phase("measure", seconds=1.0, rate=RATE, pairs=10),
        Phase("control", seconds=4.0, rate=RATE_UNDER_FAULT, orders="fault"),
        Phase("fault", seconds=4.0, rate=RATE_UNDER_FAULT, orders="fault", faults=(KILLED,)),
    ),
)
