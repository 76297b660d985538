"""What is measured: every goal and every row that is only reported, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say
from benchmarks.bench.rows_alike import g14
from benchmarks.bench.rows_burst import g12
from benchmarks.bench.rows_commands import g3, g4
from benchmarks.bench.rows_durable import g5, t1
from benchmarks.bench.rows_exact import g15
from benchmarks.bench.rows_http import g6, g7
from benchmarks.bench.rows_patterns import g9
from benchmarks.bench.rows_price import h1
from benchmarks.bench.rows_recovery import r1
from benchmarks.bench.rows_start import g11, g13
from benchmarks.bench.rows_streams import g1, g2, g8, g16
from benchmarks.bench.rows_telemetry import g10

Measure = Callable[[Orders, int, Say], Awaitable[Row]]


@dataclass(frozen=True, slots=True)
class Goal:
    """How it is measured, what it asks (nothing: it is only reported), and about how long it takes here."""

    measure: Measure
    asks: str
    seconds: float

    @property
    def about(self) -> str:
        """In a sentence."""
        return (self.measure.__doc__ or "").strip().partition("\n")[0]


GOALS: Mapping[str, Goal] = {
    "G1": Goal(g1, "≥ 8x", 60),
    "G2": Goal(g2, "≥ 4x", 40),
    "G3": Goal(g3, "≥ 8x", 75),
    "G4": Goal(g4, "≥ 20x", 90),
    "G5": Goal(g5, "≥ 5x", 60),
    "G6": Goal(g6, "≥ 1.8x", 50),
    "G7": Goal(g7, "≥ 2x; no collapse: ≥ 0.9", 60),
    "G8": Goal(g8, "≥ 8x", 45),
    "G9": Goal(g9, "", 40),
    "G10": Goal(g10, "≤ 1.25x on streams, ≤ 1.15x over HTTP", 90),
    "G11": Goal(g11, "≥ 3x, and ≤ 2 s", 40),
    "G12": Goal(g12, "≤ 1.25x", 150),
    "G13": Goal(g13, "≥ 2x less, and under 500 MiB", 40),
    "G14": Goal(g14, "≤ 7 % p50, ≤ 9 % p99, ≤ 4 % CPU", 240),
    "G15": Goal(g15, "0 lost, 0 doubled", 60),
    "G16": Goal(g16, "≤ 3x", 15),
    "H1": Goal(h1, "", 60),
    "T1": Goal(t1, "", 45),
    "R1": Goal(r1, "", 150),
}
"""Row -> what it is. The goals are those that the project has set itself, by their numbers."""


def unmeasured(name: str, why: str) -> Row:
    """The row of a goal that was not measured: it says so, rather than vanish."""
    goal = GOALS[name]
    return Row(name, goal.about, goal.asks, f"not measured: {why}", None)
