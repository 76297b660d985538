"""How often something was tried in vain before: of traced orders only, and of so many at most."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Name = TypeVar("Name")

KEPT_MAX = 4_096  # names: traced orders that wait for somebody who is away; of older ones it is forgotten


class Tries(Generic[Name]):
    """Counts by name, until it is done."""

    def __init__(self, most: int = KEPT_MAX) -> None:
        self._most = most
        self._tries: OrderedDict[Name, int] = OrderedDict()

    def before(self, name: Name, done: bool) -> int:
        """How often it was tried before this time; from now on once more, or no more when it is `done`."""
        tries = self._tries.pop(name, 0)
        if not done:
            self._tries[name] = tries + 1
            if len(self._tries) > self._most:
                self._tries.popitem(last=False)
        return tries
