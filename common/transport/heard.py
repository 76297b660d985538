"""Attempts at entries: what each says, and the span of handling it when its order is traced."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from common.messages import Unreachable
from common.telemetry import conventions
from common.telemetry.tracing import NOTHING_TRACED, Begun, Tracing
from common.transport.streams import Entry, Inbox, trace_of

Item = TypeVar("Item")


class Reading(Protocol[Item]):
    """Of a Work: what an entry says, and what it is about."""

    def read(self, entry: Entry) -> Item:
        """What the entry says. Raises Malformed."""

    def about(self, item: Item) -> str:
        """The operation that it is about."""


@dataclass(slots=True)
class Heard(Generic[Item]):
    """One attempt. `deliveries`: how often the server has handed the entry out; `attempt`: which try at it this is."""

    entry: Entry
    item: Item
    span: Begun
    operation: str
    group: str
    deliveries: int = 1
    attempt: int = 1

    def end(self, outcome: str, error: str = "") -> None:
        """The attempt is over: done, or failed and why."""
        if not self.span.sampled:
            return
        entry, told = self.entry, about(self.entry)
        told |= {conventions.OPERATION: self.operation, conventions.OUTCOME: outcome}
        told |= {conventions.DELIVERY_COUNT: self.deliveries, "messaging.consumer.group.name": self.group}
        if self.attempt > 1:
            told[conventions.ATTEMPT] = self.attempt
        self.span.end(conventions.processed("redis", entry.stream, entry.entry_id.decode(), told, error))


class Hearing(Generic[Item]):
    """Begins attempts. `arrives`: whether an entry is a message that has arrived here, and not one to be passed on."""

    def __init__(self, work: Reading[Item], inbox: Inbox, tracing: Tracing, arrives: bool) -> None:
        self._work = work
        self._inbox = inbox
        self._tracing = tracing
        self._handling = tracing if arrives else NOTHING_TRACED

    def heard(self, entry: Entry) -> Heard[Item]:
        """Begin an attempt at an entry. Raises Malformed."""
        span = self._handling.begin(trace_of(entry), crosses=True)
        item = self._work.read(entry.within(span.traceparent) if span.sampled else entry)
        return Heard(entry, item, span, self._work.about(item), self._inbox.group)

    def again(self, before: Heard[Item], attempt: int) -> Heard[Item]:
        """Begin another attempt, after one that failed."""
        heard = self.heard(before.entry)
        heard.deliveries, heard.attempt = before.deliveries, attempt
        return heard

    async def count_deliveries(self, heard: Heard[Item]) -> None:
        """Ask how often an entry was handed out, where that is told and not known."""
        if heard.span.sampled and heard.entry.again and heard.deliveries == 1:
            heard.deliveries = 2  # at least
            with suppress(Unreachable):
                heard.deliveries = await self._inbox.deliveries(heard.entry)

    def set_aside(self, entry: Entry, reason: str, operation: str) -> None:
        """Tell that an entry went to the dead letters."""
        told = about(entry) | {conventions.OPERATION: operation, "messaging.destination.name": entry.stream}
        self._tracing.begin(trace_of(entry)).end(conventions.set_aside(entry.stream, told, reason))


def about(entry: Entry) -> dict[str, conventions.Value]:
    """What a span of an entry says of it in any case."""
    return {conventions.ORDER_ID: entry.fields.get("subject", b"").decode("utf-8", "replace")}
