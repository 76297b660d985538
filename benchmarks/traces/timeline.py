"""Where moments lie on an axis, when most of an order's time nobody did anything for it: long quiet times are folded.

Within a fold time runs evenly, too, only faster; a picture has to show where that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.traces.journey import Journey
from benchmarks.traces.naming import is_job
from benchmarks.traces.spans import CONSUMER, Span
from benchmarks.traces.waiting import Interval, together

QUIET_SHARE_MIN = 0.1  # of the whole: what is shorter is no quiet time
FOLDING_SHARE_MIN = 0.6  # of the whole, all folds together: below that an axis need not be bent
FURTHER_SHARE_MIN = 0.3  # of what longer folds leave: below that one fold more shows nothing better
FOLDED_SHARE = 0.14  # of the axis, for one fold
FOLDS_MAX = 3


@dataclass(frozen=True, slots=True)
class Timeline:
    """From ns since 1970 to 0 .. 1. `folds` lie within start and end, in order, and do not touch."""

    start_ns: int
    end_ns: int
    folds: tuple[Interval, ...] = ()

    def share(self, moment_ns: int) -> float:
        """Where on the axis; what lies outside is moved to its end."""
        at = min(max(moment_ns, self.start_ns), self.end_ns)
        folded = sum(_overlap(fold, at) / (fold[1] - fold[0]) for fold in self.folds) * FOLDED_SHARE
        plain = at - self.start_ns - sum(_overlap(fold, at) for fold in self.folds)
        return folded + plain / self._plain_ns * self._unfolded

    @property
    def _plain_ns(self) -> int:
        whole = self.end_ns - self.start_ns - sum(end - start for start, end in self.folds)
        return max(1, whole)

    @property
    def scale_ns(self) -> int:
        """How long the axis would be were nothing folded: what has the same scale can be compared by eye."""
        return round(self._plain_ns / self._unfolded)

    def end_at(self, scale_ns: int) -> int:
        """Its end were it drawn to this scale."""
        return self.start_ns + sum(end - start for start, end in self.folds) + round(scale_ns * self._unfolded)

    @property
    def _unfolded(self) -> float:
        return 1 - FOLDED_SHARE * len(self.folds)

    def ticks(self, step_ns: int) -> list[int]:
        """Every whole step from the start that is not within a fold."""
        moments = range(self.start_ns, self.end_ns + 1, step_ns)
        return [at for at in moments if not any(start < at < end for start, end in self.folds)]

    def step_ns(self, ticks_max: int) -> int:
        """A round step, so that no more than so many ticks are needed."""
        rough = max(1, self._plain_ns // ticks_max)
        size = int(10 ** (len(str(rough)) - 1))
        return next(size * nice for nice in (1, 2, 5, 10) if size * nice >= rough)


def timeline(journey: Journey, end_ns: int = 0) -> Timeline:
    """The journey's own, with its quiet times folded; or one that goes on to `end_ns`."""
    return Timeline(journey.start_ns, max(end_ns, journey.end_ns), folded(journey))


def quiet(journey: Journey) -> tuple[Interval, ...]:
    """The long times in which nothing was done for the order; asking in vain, or holding its job, is nothing."""
    whole = journey.end_ns - journey.start_ns
    busy = together((span.start_ns, span.end_ns) for span in journey.spans if _does_something(span))
    gaps = [(before[1], after[0]) for before, after in pairwise(busy)]
    return tuple(gap for gap in gaps if gap[1] - gap[0] >= whole * QUIET_SHARE_MIN)


def folded(journey: Journey) -> tuple[Interval, ...]:
    """The quiet times, where they leave too little of an axis for what was done."""
    whole = left = journey.end_ns - journey.start_ns
    folds: list[Interval] = []
    for gap in sorted(quiet(journey), key=lambda gap: gap[0] - gap[1])[:FOLDS_MAX]:
        if gap[1] - gap[0] >= left * FURTHER_SHARE_MIN:
            folds.append(gap)
            left -= gap[1] - gap[0]
    return tuple(sorted(folds)) if whole - left >= FOLDING_SHARE_MIN * whole else ()


def shared_end_ns(journeys: Sequence[Journey], ratio_max: float = 10.0) -> list[int]:
    """For each the end of its axis so that a ms is as long on all of them; none when one would hardly be seen then."""
    own = [timeline(journey) for journey in journeys]
    scales = [axis.scale_ns for axis in own]
    if not scales or max(scales) > ratio_max * min(scales):
        return []
    return [axis.end_at(max(scales)) for axis in own]


def _does_something(span: Span) -> bool:
    return span.error is None and not (is_job(span) and span.kind == CONSUMER)


def _overlap(fold: Interval, until: int) -> int:
    return max(0, min(fold[1], until) - fold[0])
