"""An order's story, put together once for all pictures of it: its graph, its hops, its time axis, and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.traces.diagram import Diagram, span_of_time
from benchmarks.traces.graph import Graph
from benchmarks.traces.happenings import diagram
from benchmarks.traces.hop import Hop
from benchmarks.traces.hops import hops, services
from benchmarks.traces.journey import Journey
from benchmarks.traces.remarks import remarks
from benchmarks.traces.timeline import Timeline, shared_end_ns, timeline
from benchmarks.traces.waiting import blocking_share

HOPS_MAX = 60  # on one waterfall; an order without trouble has 6 to 12
LATE_NS_MIN, LATE_SHARE_MIN = 1_000_000, 0.03  # after the closing: a span that ends so late is told
ROWS_MAX = 160  # on one sequence diagram; an order without trouble has 14 to 30


@dataclass(frozen=True)
class Story:
    """One order in one arm. `until_ns`: where its axis has to end to be on the scale of others; 0 for its own.

    `apart`: it stands beside others and is not on their scale.
    """

    journey: Journey
    until_ns: int = 0
    apart: bool = False

    @cached_property
    def graph(self) -> Graph:
        """What caused what."""
        return Graph(self.journey)

    @cached_property
    def all_hops(self) -> list[Hop]:
        """Every hop."""
        return hops(self.graph)

    @property
    def hops(self) -> list[Hop]:
        """The rows of a waterfall: of very many the first."""
        return self.all_hops[:HOPS_MAX]

    @property
    def left_out(self) -> str:
        """What a picture says of hops that it has no room for; empty when it has all."""
        more = len(self.all_hops) - len(self.hops)
        return f"and {more} more, in `harmony trace --json`" if more else ""

    @cached_property
    def processes(self) -> dict[str, set[str]]:
        """Service -> its processes that had a part in it."""
        return services(self.all_hops)

    @cached_property
    def diagram(self) -> Diagram:
        """The rows of a sequence diagram: of very many the first."""
        return diagram(self.graph, ROWS_MAX)

    @cached_property
    def axis(self) -> Timeline:
        """Where its moments lie."""
        return timeline(self.journey, self.until_ns)

    @property
    def arm(self) -> str:
        """Which arm served it."""
        return self.journey.arm

    @cached_property
    def ending(self) -> str:
        """`completed after 12 ms`, up to the commit that closed it; or why it was not, or how far it got."""
        journey = self.journey
        why = f" ({journey.reason.replace('_', ' ')})" if journey.reason else ""
        if journey.closed_ns is None:
            return f"still open as far as written, {span_of_time(journey.end_ns - journey.start_ns)} long"
        return f"{journey.ending}{why} after {span_of_time(journey.closed_ns - journey.start_ns)}"

    @cached_property
    def remarks(self) -> list[str]:
        """What was out of the ordinary, and what is missing."""
        missing = self.graph.hanging or (self.graph.unwritten and self.journey.closed_ns is not None)
        return [*remarks(self.journey.spans), *(["spans missing"] if missing else [])]

    @cached_property
    def sentence(self) -> str:
        """What the spans say of it as a whole."""
        share = blocking_share(self.journey)
        who = f"A service waited for another {share:.0%} of the time" if share else "No service waited for another"
        return f"{who}; {self._spans}, {self._joined}."

    @property
    def _spans(self) -> str:
        """How many, in how many traces, and to when when that is after the closing."""
        journey, traces = self.journey, len({span.trace_id for span in self.journey.spans})
        counted = f"{len(journey.spans)} spans{f' in {traces} traces, joined by links' if traces > 1 else ''}"
        late_ns = max(LATE_NS_MIN, (journey.end_ns - journey.start_ns) * LATE_SHARE_MIN)
        late = journey.closed_ns is not None and journey.end_ns - journey.closed_ns >= late_ns
        return f"{counted}, until {journey.duration_ms:.0f} ms" if late else counted

    @property
    def _joined(self) -> str:
        """One connected graph, or what is missing."""
        if self.graph.unwritten:
            return f"{self.graph.unwritten} not written yet or lost"
        if self.journey.closed_ns is None:
            return "so far"
        return "one connected graph" if self.graph.connected else f"{len(self.graph.parts)} parts, not connected"

    @cached_property
    def drawn(self) -> set[str]:
        """What a waterfall of it consists of: the roles of its spans, `transit`, `failed` and `fold`. For a legend."""
        found: set[str] = {role for hop in self.hops for role, _ in hop.spans}
        failed = any(span.error is not None for hop in self.hops for _, span in hop.spans)
        on_its_way = any(hop.on_its_way for hop in self.hops)
        more = {"failed": failed, "fold": bool(self.axis.folds), "transit": on_its_way}
        return found | {sign for sign, there in more.items() if there}


def stories(journeys: Sequence[Journey]) -> list[Story]:
    """The stories of orders that are shown side by side, on one scale of time where that can be."""
    if ends := shared_end_ns(journeys):
        return [Story(journey, end_ns) for journey, end_ns in zip(journeys, ends, strict=True)]
    return [Story(journey, apart=True) for journey in journeys]
