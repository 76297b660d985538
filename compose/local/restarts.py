"""When a process that has left is started again: decided here from numbers alone, with no clock and no process."""

from __future__ import annotations

CALM_S = 10.0  # who has lived this long is not in a crash loop
LOOP_AFTER = 3  # crashes in a row: two may be bad luck (a port not free yet, a server still loading)
DELAY_S_MAX = 5.0  # a looping process is never given up: it may depend on something that comes back


def in_a_row(before: int, lived_s: float) -> int:
    """How many crashes in a row there are with this one, after `before` and a life of `lived_s`."""
    return 1 if lived_s >= CALM_S else before + 1


def is_looping(crashes: int) -> bool:
    """Whether so many crashes in a row are a crash loop."""
    return crashes >= LOOP_AFTER


def delay_s(crashes: int, first_s: float) -> float:
    """How long to wait before the next start: `first_s` until it is a loop, then doubling up to DELAY_S_MAX."""
    return max(first_s, min(DELAY_S_MAX, first_s * 2.0 ** max(0, crashes - LOOP_AFTER + 1)))
