"""The arms that somebody types for a program that breaks them: one way to read them, and one way to object."""

from __future__ import annotations

from benchmarks.commands.nearest import no_such
from benchmarks.commands.options import ALL, listed
from compose.arms import ARMS


def arms(text: str) -> tuple[str, ...]:
    """`a,b` -> the arms, each known and named once; `all` is all of them. Raises ValueError, with the nearest names."""
    names = tuple(ARMS) if text.strip() == ALL else listed(text)
    if not names:
        raise ValueError(f"--arms names no arm. Arms are {', '.join(ARMS)}, and {ALL} for all of them.")
    for name in names:
        if name not in ARMS:
            raise ValueError(no_such("arm", name, ARMS))
    return names
