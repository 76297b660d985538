"""Orders that the stores hold and no customer does: where one wish became two orders, the second is here.

The rules of the checker cannot see it: both orders end as orders do, and the books are right for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.rows import Row

NAMED_MAX = 3


@dataclass(frozen=True, slots=True)
class Unheld:
    """Ids of orders that nobody was told, and how many customers may have one without knowing."""

    ids: tuple[str, ...]
    unsure: int

    @property
    def extra(self) -> int:
        """How many there are too many: who never got an answer may have one order, and not two."""
        return max(0, len(self.ids) - self.unsure)

    @property
    def sentence(self) -> str:
        """The objection; empty when there is none."""
        if not self.extra:
            return ""
        named = ", ".join(self.ids[:NAMED_MAX]) + (", ..." if len(self.ids) > NAMED_MAX else "")
        without = f"{self.unsure} customers without an answer explain as many" if self.unsure else "all were answered"
        return f"{len(self.ids)} orders are in the stores that no customer was told of ({named}), and {without}"


def unheld(stored: Iterable[str], rows: Iterable[Row], unsure: int) -> Unheld:
    """What the stores hold beyond the first id that each customer was told. `rows` are the customers' rows.

    A second id that the same customer was told is extra as well: it is a second order for one wish.
    """
    held = {str(row["order_id"]) for row in rows if row["order_id"]}
    return Unheld(tuple(sorted(set(stored) - held)), unsure)
