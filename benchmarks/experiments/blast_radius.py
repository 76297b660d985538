"""Which orders does a killed service harm, and for how long? With a fault-free control of the same orders."""

from __future__ import annotations

from benchmarks.plan import Experiment, Fault, Phase

RATE = 40.0  # 120 orders while the service is down: enough to count, too few to be about capacity
KILLED = Fault("kill", "payment-1", at_s=3.0, hold_s=3.0)

EXPERIMENT = Experiment(
    name="blast-radius",
    question="When payment is killed for 3 s under load, which orders are harmed, and when is all well again?",
    phases=(
        Phase("warmup", seconds=2.0, rate=RATE, orders="warmup"),
        Phase("control", seconds=10.0, rate=RATE, orders="fault"),
        Phase("fault", seconds=10.0, rate=RATE, orders="fault", faults=(KILLED,)),
    ),
)
