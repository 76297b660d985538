"""The arms that somebody types for a program that breaks them: one way to read them, and one way to object."""

from __future__ import annotations

from benchmarks.commands.nearest import no_such
from benchmarks.commands.options import ALL, listed
from compose.arms import ARMS, OWN, unfit


def arms(text: str) -> tuple[str, ...]:
    """`a,b` -> the arms, each known and named once; `all`: the lab's own. Raises ValueError, with the nearest names."""
    names = tuple(dict.fromkeys(name for each in listed(text) for name in (OWN if each == ALL else (each,))))
    if not names:
        raise ValueError(f"--arms names no arm. Arms are {', '.join(ARMS)}, and {ALL} for the lab's own.")
    for name in names:
        if name not in ARMS:
            raise ValueError(unfit(name) or no_such("arm", name, ARMS))
    return names
