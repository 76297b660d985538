"""An order's journey: all spans that were made for it, in whatever trace and process, and how the order ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.traces.spans import Span

PATTERNS, TRANSPORTS = ("orchestration", "choreography"), ("http", "streams", "rq")  # in the order of showing them

Key = tuple[str, str]  # arm, order id: the same customer's key gives the same order id in every arm

ENTRIES = ("orchestrator", "order")  # who may have the door
REASONS = {"reserve": "out_of_stock", "charge": "payment_declined", "ship": "undeliverable"}
"""Operation -> the reason of an order that was given up because it was refused."""


@dataclass(frozen=True, slots=True)
class Journey:
    """The spans of one order in one arm, earliest first; never none."""

    arm: str
    order_id: str
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, key: Key, spans: Iterable[Span]) -> Journey:
        """Sorted by when they began, outermost first; a span that was written twice is there once."""
        once = {(span.trace_id, span.span_id): span for span in spans}
        return cls(*key, tuple(sorted(once.values(), key=lambda span: (span.start_ns, -span.end_ns, span.span_id))))

    @property
    def pattern(self) -> str:
        """`choreography` of choreography-streams."""
        return self.arm.partition("-")[0]

    @property
    def transport(self) -> str:
        """`streams` of choreography-streams."""
        return self.arm.partition("-")[2]

    @property
    def start_ns(self) -> int:
        """When its first span began."""
        return self.spans[0].start_ns

    @property
    def end_ns(self) -> int:
        """When its last span ended."""
        return max(span.end_ns for span in self.spans)

    @property
    def duration_ms(self) -> float:
        """From the first to the last that was done for it."""
        return self.ms(self.end_ns)

    def ms(self, moment_ns: int) -> float:
        """Since the order's first span began."""
        return round((moment_ns - self.start_ns) / 1e6, 3)

    @property
    def closed_ns(self) -> int | None:
        """When the commit that closed it was done; None when it is open, as far as the spans tell."""
        return closed_ns(self.spans)

    @property
    def ending(self) -> str:
        """completed, cancelled or open, as far as the spans tell."""
        return ending(self.spans)[0]

    @property
    def reason(self) -> str:
        """Why it was cancelled; empty when it was not, or the span that knows it is lost."""
        return ending(self.spans)[1]


def place_of(arm: str) -> tuple[int, int, str]:
    """Where an arm stands among others when nobody asked for another order: orchestration first."""
    pattern, _, transport = arm.partition("-")
    places = (
        known.index(each) if each in known else len(known)
        for known, each in ((PATTERNS, pattern), (TRANSPORTS, transport))
    )
    return next(places), next(places), arm


def closed_ns(spans: Iterable[Span]) -> int | None:
    """When the last commit among these spans that closes an order was done."""
    return max(
        (span.end_ns for span in spans if committed(span, "complete") or committed(span, "cancel")), default=None
    )


def committed(span: Span, operation: str = "") -> bool:
    """Whether the span is the commit of an operation (of this one) that was done: not one refused or repeated."""
    return span.outcome == "accepted" and bool(span.operation) and operation in ("", span.operation)


def ending(spans: Iterable[Span]) -> tuple[str, str]:
    """(completed, cancelled or open; the reason of a cancellation or empty)."""
    how, reason = "open", ""
    for span in spans:
        if committed(span, "complete"):
            how = "completed"
        elif committed(span, "cancel"):
            how = "cancelled"
        elif committed(span, "expire"):
            reason = span.text("harmony.reason") or "deadline"
        elif span.outcome == "rejected" and span.operation in REASONS:
            reason = reason or REASONS[span.operation]
    return how, reason if how == "cancelled" else ""
