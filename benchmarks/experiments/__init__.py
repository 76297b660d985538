"""Experiments, as data: each a question with what must be done to answer it. Who does it is `runner.py`."""

from __future__ import annotations

from benchmarks.experiments import blast_radius, demo, latency

EXPERIMENTS = {
    experiment.name: experiment for experiment in (latency.EXPERIMENT, blast_radius.EXPERIMENT, demo.EXPERIMENT)
}
"""By the name that `harmony run` knows."""
