"""The traces of orders: a span is begun under an id of its own, which travels on at once, and is written when it is
over and what came of it is known.

An order that is not traced costs a look at the last letter of its context, and nothing of OpenTelemetry: its provider,
with its threads, is made when the first traced order comes by (`provider`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from common.telemetry import context
from common.telemetry.conventions import Telling

if TYPE_CHECKING:
    from common.telemetry.provider import Provider

Dropped = Callable[[str, int], None]
"""Told why (queue, file, endpoint, closed) and how many spans were lost."""


def uncounted(amount: int) -> None:
    """For whoever does not count spans."""


def unnoticed(why: str, amount: int) -> None:
    """For whoever does not count what is lost."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who tells: one process of one arm."""

    arm: str
    pattern: str
    transport: str
    service: str
    name: str  # payment-1


@dataclass(frozen=True, slots=True)
class Policy:
    """What is traced, how, and where it goes.

    `share` of the orders that come in here unasked are traced. In the mode `link`, what is begun by a message begins a
    trace of its own, linked to the message's; in the mode `parent` it goes on with the message's, and links to it too.
    """

    share: float = 0.0
    mode: Literal["parent", "link"] = "parent"
    folder: str = ""
    endpoint: str = ""
    seed: int = 0


@dataclass(slots=True)
class Begun:
    """A span under way. `traceparent` is what travels on: of an order that is not traced, what came in.

    `parent`: the span that it goes on from, "" for the first of a trace; `link`: the message's that it was begun by.
    """

    traceparent: str
    parent: str = ""
    link: str = ""
    started_ns: int = 0
    tracing: Tracing | None = None

    @property
    def sampled(self) -> bool:
        """Whether anything will be written: else nothing need be told."""
        return self.tracing is not None

    def end(self, telling: Telling) -> None:
        """It is over."""
        if self.tracing is not None:
            self.tracing.write(self, telling)


class Tracing:
    """One process' way to tell of the orders that are traced."""

    def __init__(
        self,
        origin: Origin,
        policy: Policy,
        count: Callable[[int], None] = uncounted,
        dropped: Dropped = unnoticed,
    ) -> None:
        self._origin = origin
        self._policy = policy
        self._count = count
        self._dropped = dropped
        self._dice = random.Random(f"traces:{policy.seed}")  # the same orders in every arm, as long as they come alike
        self._provider: Provider | None = None
        self._closed = False

    def decide(self) -> str:
        """A context for an order that comes in with none: the one place where it is decided whether it is traced."""
        return context.fresh(context.SAMPLED if self._dice.random() < self._policy.share else context.UNSAMPLED)

    def root(self, traceparent: str) -> Begun:
        """Begin the first span of a trace. Its context is given."""
        return Begun(traceparent, "", "", time.time_ns(), self if context.is_sampled(traceparent) else None)

    def begin(self, parent: str, crosses: bool = False) -> Begun:
        """Begin a span of an order. `crosses`: it is begun by a message, and not by whoever waits for it."""
        if not context.is_sampled(parent) or not context.is_valid(parent):
            return Begun(parent)
        if crosses and self._policy.mode == "link":
            return Begun(context.fresh(parent[53:]), "", parent, time.time_ns(), self)
        return Begun(context.child_of(parent), parent, parent if crosses else "", time.time_ns(), self)

    def write(self, begun: Begun, telling: Telling) -> None:
        """Hand a span that is over to the export."""
        ended_ns = time.time_ns()  # before anything is loaded
        self._count(1)
        if self._closed:
            self._dropped("closed", 1)
            return
        if self._provider is None:
            from common.telemetry.provider import Provider  # dear to load; a lab's processes find it loaded

            self._provider = Provider(self._origin, self._policy, self._dropped)
        self._provider.write(begun, telling, ended_ns)

    def close(self) -> None:
        """Write what waits, for as long as a process may take to end. What is told later is lost."""
        self._closed = True
        if self._provider is not None:
            self._provider.close()


class NothingTraced(Tracing):
    """For whoever is put together without: no span is ever begun."""

    def __init__(self) -> None:
        super().__init__(Origin("", "", "", "", ""), Policy())

    def root(self, traceparent: str) -> Begun:
        """None."""
        return Begun(traceparent)

    def begin(self, parent: str, crosses: bool = False) -> Begun:
        """None."""
        return Begun(parent)


NOTHING_TRACED = NothingTraced()
