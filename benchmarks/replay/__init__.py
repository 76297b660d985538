"""A recorded run as the metrics that a live one would have shown: what the records tell, and nothing else.

`metrics` reads a run's folder into a stream of samples in time; `openmetrics` writes such a stream down for Prometheus.
What no record tells (what processes held in hand, retries, what waited in streams) is not made up: it is missing.
"""

from benchmarks.replay.metrics import Sample, samples
from benchmarks.replay.records import Run, Unreplayable, read

__all__ = ["Run", "Sample", "Unreplayable", "read", "samples"]
