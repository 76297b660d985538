"""How long does an order take in each arm? The same orders at the same moments, arm after arm in short blocks."""

from __future__ import annotations

from benchmarks.plan import Experiment, Phase

RATE = 60.0  # well below what two cores carry in any arm: this is about time, not about capacity
WARMUP = Phase("warmup", seconds=2.0, rate=RATE, pairs=1, orders="warmup")

EXPERIMENT = Experiment(
    name="latency",
    question="How long until an order is accepted, decided and closed, and what does it cost?",
    # 7 pairs, 3 times: 21 blocks a side over 3 restarts tell 5 % in CPU and about 10 % in the median from
    # noise.
    phases=(WARMUP, Phase("measure", seconds=1.5, rate=RATE, pairs=7)),
    restarts=3,
)
