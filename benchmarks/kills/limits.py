"""How soon an arm must move on after a restart, and how few orders may run out of time: what a busy machine may break.

So the program fails on it, and the tests do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.rows import Row

LATE_S = 3.0  # from a restart until everything that customers held is closed
EXPIRED_SHARE_MAX = 0.01  # of the orders in flight at kills: their deadline is several recoveries long


def overdue(kills: Iterable[Row], in_flight: int, expired: int) -> Iterator[str]:
    """A sentence for each kill after which not all moved on in time, and one when too many orders expired."""
    for kill in kills:
        if (kill["all_s"] or 0.0) > LATE_S:
            told = f"all moved on {kill['all_s']:.1f} s after the restart"
            yield f"kill {kill['number']} of {kill['process']}: {told}, more than {LATE_S:g} s"
    bound = max(1.0, EXPIRED_SHARE_MAX * in_flight)
    if expired > bound:
        share = f"more than {EXPIRED_SHARE_MAX:.0%} and more than one"
        yield f"{expired} of {in_flight} orders in flight at kills ended by their deadline, {share}"
