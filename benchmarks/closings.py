"""Who was closed when: reads a door's feed of closed orders over one connection, never order by order.

The times are the server's own commit times, so how often the feed is read does not touch any figure.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import gevent
from gevent.event import Event

from benchmarks.blockload import BlockLoad

WAIT_S = 2.0  # how long the door keeps a question when nothing closes: then it costs the arm nothing
APART_S = 0.1  # from one read to the next while orders close: ten a second cost a door little, and all alike
EARLY_MAX = 10_000  # closings of orders whose 202 has not come yet, or which another client placed

Get = Callable[[str], tuple[int, dict[str, Any]]]


class Closings:
    """The feed of one arm. It is read only while a block of this arm has orders open."""

    def __init__(self, door: str, get: Get) -> None:
        self._door, self._get = door, get
        self._cursor = ""
        self._early: OrderedDict[str, float] = OrderedDict()
        self._block: BlockLoad | None = None
        self._wanted = Event()

    def begin(self) -> bool:
        """Learn where the feed ends now. False when the door does not answer; it is asked again while reading."""
        return self._read(wait_s=0)

    def follow(self, block: BlockLoad | None) -> None:
        """Read for this block from now on; None rests."""
        self._block = block
        if block is None:
            self._wanted.clear()
        else:
            self._wanted.set()

    def is_closed(self, order_id: str) -> float | None:
        """When an order was closed, if the feed has told so already (epoch ms)."""
        return self._early.pop(order_id, None)

    def run(self) -> None:
        """Read for ever (a greenlet's work). A door in trouble is asked again as calmly as one in full flow."""
        while True:
            self._wanted.wait()
            began_s = monotonic()
            if self._block is not None and not self._block.quiet:
                self._read(WAIT_S)
            gevent.sleep(max(0.0, began_s + APART_S - monotonic()))

    def _read(self, wait_s: float) -> bool:
        question = urlencode({"after": self._cursor, "wait": wait_s})
        status, answer = self._get(f"{self._door}/closings?{question}")
        if status != 200:
            return False
        self._cursor = str(answer["cursor"])
        for closing in answer["closings"]:
            self._tell(closing["order_id"], epoch_ms(closing["closed_at"]))
        return True

    def _tell(self, order_id: str, closed_ms: float) -> None:
        if self._block is not None and order_id in self._block.open:
            self._block.close(order_id, closed_ms)
            return
        self._early[order_id] = closed_ms
        while len(self._early) > EARLY_MAX:
            self._early.popitem(last=False)


def epoch_ms(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() * 1000
