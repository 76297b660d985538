"""A soak's folder with samples made up: what stands still, what comes in waves, what fills up, and a planted leak."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import write_rows
from benchmarks.soak.plan import EXPERIMENT, QUESTION, planned

ARM = "choreography-streams"
SOAK = planned(600.0, 30.0)

Course = Callable[[float], float]
"""Seconds since the load began -> value."""


def noisy(level: float, noise: float, seed: int, a_second: float = 0.0) -> Course:
    """A level with noise of neighbours in time that resemble each other, and a slope."""
    dice, last = np.random.default_rng(seed), [0.0]

    def at(at_s: float) -> float:
        last[0] = 0.5 * last[0] + float(dice.normal())
        return level + noise * last[0] + a_second * at_s

    return at


def samples(values: Mapping[str, Mapping[str, Course]], until_s: float = SOAK.seconds) -> list[dict[str, Any]]:
    """The rows of looks at these courses."""
    times = np.arange(2.0, until_s, SOAK.sample_s)
    return [
        {
            "arm": ARM,
            "at_ms": 1e12 + at_s * 1000,
            "at_s": float(at_s),
            "values": {measure: {of: course(at_s) for of, course in each.items()} for measure, each in values.items()},
            "pids": {},
        }
        for at_s in times
    ]


def folder(path: Path, rows: list[dict[str, Any]], **manifest: Any) -> Path:
    """A run's folder with these samples, and nothing that could be audited."""
    path.mkdir(exist_ok=True)
    write_rows(path / "samples.ndjson", rows)
    told: dict[str, Any] = {
        "experiment": EXPERIMENT,
        "question": QUESTION,
        "arms": [ARM],
        "patterns": {ARM: "choreography"},
        "seed": 7,
        "partial": False,
        "lost": None,
        "spoiled": None,
        "at_rest": {ARM: True},
        "started": "2026-01-01T00:00:00Z",
        "ended": "2026-01-01T00:10:00Z",
        "command": "harmony run soak",
        "machine": {"cores": 2, "memory_mib": 4096, "system": "Linux"},
        "soak": asdict(SOAK),
        "retention": "orders are dropped 40 s after they are closed",
    }
    (path / "manifest.json").write_text(json.dumps(told | manifest), encoding="utf-8")
    return path
