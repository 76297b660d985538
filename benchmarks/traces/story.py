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
ROWS_MAX = 160  # on one sequence diagram; an order without trouble has 14 to 30


@dataclass(frozen=True)
class Story:
    """One order in one arm. `until_ns`: the end of an axis that it shares with others; 0 for its own."""

    journey: Journey
    until_ns: int = 0

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
        """`completed after 12 ms`, or why it was not."""
        journey = self.journey
        why = f" ({journey.reason.replace('_', ' ')})" if journey.reason else ""
        long = span_of_time(journey.end_ns - journey.start_ns)
        return f"{journey.ending}{why} after {long}" if journey.ending != "open" else f"not closed within {long}"

    @cached_property
    def remarks(self) -> list[str]:
        """What was out of the ordinary, and what is missing."""
        return [*remarks(self.journey.spans), *(["spans lost"] if self.graph.hanging else [])]

    @cached_property
    def sentence(self) -> str:
        """What the spans say of it as a whole."""
        share = blocking_share(self.journey)
        waited = f"Somebody waited over HTTP for {share:.0%} of the time" if share else "Nobody waited over HTTP"
        joined = "one connected graph" if self.graph.connected else f"{len(self.graph.parts)} parts, not connected"
        return f"{waited}; {len(self.journey.spans)} spans, {joined}."


def stories(journeys: Sequence[Journey]) -> list[Story]:
    """The stories of orders that are shown side by side, on one time axis where that can be."""
    ends = shared_end_ns(journeys)
    return [Story(journey, end_ns) for journey, end_ns in zip(journeys, ends, strict=True)]
