"""One hop of an order's way: something was asked for, told or begun, with all spans of it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from benchmarks.traces.naming import DOOR, brief, event_of, is_job, label_of
from benchmarks.traces.remarks import goes_back, set_aside, unreached
from benchmarks.traces.spans import CLIENT, CONSUMER, SERVER, Span

Role = Literal["asks", "sends", "leads", "works", "commits", "hears", "aside"]
"""`leads` is a job in a worker's hands: it lasts while others work."""

VAIN = ("failed", "unreachable")


@dataclass(slots=True)
class Hop:
    """One row. `depth`: how many hops led to it. `sent_ns`: when what began it was sent; None when nobody is known.

    `hanging`: what began it was lost.
    """

    depth: int
    spans: list[tuple[Role, Span]] = field(default_factory=list)
    sent_ns: int | None = None
    after: int | None = None  # the hop that led to it
    hanging: bool = False
    meant_for: str = ""  # whoever was to do it, where that is known

    @property
    def first(self) -> Span:
        """The span it began with."""
        return self.spans[0][1]

    @property
    def start_ns(self) -> int:
        """When its first span began."""
        return min(span.start_ns for _, span in self.spans)

    @property
    def end_ns(self) -> int:
        """When its last span ended, as `until_ns` has it."""
        return max(self.until_ns(span) for _, span in self.spans)

    def until_ns(self, span: Span) -> int:
        """When a span of it ended: no later than the answer was there, though its process may have ended it later.

        What began after the answer is no part of it.
        """
        answered_ns = self._answered_ns(span)
        return min(span.end_ns, answered_ns) if answered_ns is not None and span.start_ns < answered_ns else span.end_ns

    def _answered_ns(self, span: Span) -> int | None:
        """When whoever had asked for it had the answer; None when nobody waited for it, or not long enough."""
        above = next(
            (each for _, each in self.spans if each.trace_id == span.trace_id and each.span_id == span.parent_id), None
        )
        if above is None or above.kind not in (CLIENT, SERVER):
            return None
        if above.kind == SERVER:
            return self._answered_ns(above)
        return above.end_ns if above.error is None else None

    @property
    def on_its_way(self) -> bool:
        """Whether it can be seen how long what began it was on its way: it was sent, not asked for."""
        sends, works = self.having("sends"), self.having("works", "leads")
        lay = bool(sends and works) and works[0].start_ns > sends[0].end_ns
        return lay or (self.sent_ns is not None and self.after is not None)

    def having(self, *roles: Role) -> list[Span]:
        """Its spans in these roles."""
        return [span for role, span in self.spans if role in roles]

    @property
    def doer(self) -> str:
        """The service that did it, or was to do it."""
        done_by = self.having("leads", "works", "commits", "aside")
        return done_by[0].service if done_by else self.meant_for

    @property
    def asker(self) -> str:
        """Whoever waited for it, or sent it; empty when nobody did."""
        asked_by = self.having("asks", "sends")
        return asked_by[0].service if asked_by else ""

    @property
    def processes(self) -> list[str]:
        """Which processes did it."""
        return list(dict.fromkeys(span.process for span in self.having("leads", "works", "commits", "aside")))

    @property
    def does(self) -> str:
        """What was done, or was to be: `charge`; of what comes in by the door, or is set aside, in words."""
        done = [*self.having("commits"), *(span for span in self.having("works") if span.kind == CONSUMER)]
        named = next((span.operation for span in done if span.operation), "")
        return named or self._without_operation()

    def _without_operation(self) -> str:
        first = self.first
        if self.having("aside"):
            return f"sets {label_of(first)} aside"
        if label_of(first) == DOOR:
            return "takes the order"
        if is_job(first):
            return "works the job off"
        return f"hears {event_of(first)}" if event_of(first) else first.operation or first.name

    @property
    def event(self) -> str:
        """What was true afterwards; empty when nothing was announced."""
        return next(filter(None, (event_of(span) for span in self.having("commits"))), "")

    @property
    def outcome(self) -> str:
        """What the commit came to; empty when there was none."""
        return next((span.outcome for span in reversed(self.having("commits")) if span.outcome), "")

    @property
    def back(self) -> bool:
        """Whether it belongs to the way back."""
        return any(goes_back(span) for span in self.having("commits") or [self.first])

    @property
    def failed(self) -> str:
        """Why it came to nothing; empty when it did not."""
        errors = [brief(span.error) for _, span in self.spans if span.error]
        return errors[-1] if errors and not self.outcome else ""

    def remarks(self) -> list[str]:
        """What was out of the ordinary, in words."""
        vain = sum(unreached(span) for span in self.having("asks"))
        failed = sum(span.outcome in VAIN for span in self.having("works"))
        deliveries = max([span.number("harmony.delivery_count") for span in self.having("works")] or [0])
        told = [
            (f"retried: {_times(vain)} in vain", bool(vain) and bool(self.outcome)),
            (f"asked {_times(vain)} in vain", bool(vain) and not self.outcome),
            (f"failed {_times(failed)}", bool(failed)),
            (f"redelivered: delivery {deliveries}", deliveries > 1),
            ("dead letter", any(set_aside(span) for _, span in self.spans)),
            ("done before", self.outcome == "repeated"),
            (f"put in {_times(len(self.having('sends')))}", len(self.having("sends")) > 1),
            ("barred", self.outcome == "barred"),
            ("nothing to undo", self.back and self.outcome == "rejected"),
            ("what led here is lost", self.hanging),
        ]
        return [words for words, holds in told if holds]


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
