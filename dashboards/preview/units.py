"""Figures as Grafana would write them, by unit."""

from __future__ import annotations

import math

_TAILS = {"ops": "/s", "reqps": "/s", "mps": "/s", "none": "", "short": ""}


def written(value: float, unit: str, decimals: int = 1) -> str:
    """A value for a person. `decimals`: 0 for what can only be whole."""
    if not math.isfinite(value):
        return "none"
    if unit == "short" and not decimals:
        return f"{value:,.0f}"
    if unit == "percentunit":
        return f"{100 * value:.1f} %"
    if unit == "s":
        return _seconds(value)
    if unit == "ms":
        return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s"
    if unit == "bytes":
        return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB"))
    return _scaled(value, 1000, ("", "K", "M", "G")).strip() + _TAILS.get(unit, f" {unit}")


def _seconds(value: float) -> str:
    if value == 0 or abs(value) >= 1:
        return f"{value:.3g} s" if abs(value) < 120 else f"{value / 60:.3g} min"
    return f"{value * 1000:.3g} ms" if abs(value) >= 1e-3 else f"{value * 1e6:.3g} µs"


def _scaled(value: float, base: int, names: tuple[str, ...]) -> str:
    step = 0
    while abs(value) >= base and step < len(names) - 1:
        value, step = value / base, step + 1
    return f"{value:.3g} {names[step]}"
