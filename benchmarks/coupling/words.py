"""How things are counted and named in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def count(number: int, one: str, many: str = "") -> str:
    """`1 order`, `2 orders`; `many` where an s is not enough."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """`a, b and c`; never of none."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def of_arms(arms: Sequence[str], views: Mapping[str, Any]) -> str:
    """Their names; those that are all, or all of a pattern, by that."""
    if 1 < len(arms) == len(views):
        return "both arms" if len(arms) == 2 else f"all {len(arms)} arms"
    told = list(arms)
    for pattern in dict.fromkeys(arm.partition("-")[0] for arm in views):
        its = [arm for arm in views if arm.partition("-")[0] == pattern]
        if len(its) > 1 and set(its) <= set(told):
            told = [f"the {len(its)} arms of {pattern}", *(arm for arm in told if arm not in its)]
    return listed(told)
