"""G14: the instrument against itself. Placeholder until the calibration is there."""

from __future__ import annotations

from benchmarks.bench.batch import Lost
from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say


async def g14(orders: Orders, seed: int, say: Say) -> Row:
    """Two instances of one arm, A against A: half-widths, and false positives over separately started pairs."""
    raise Lost("the calibration is not there yet")
