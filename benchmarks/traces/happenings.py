"""What a sequence diagram of an order shows, row by row: who told whom what, what each then did, and quiet times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.traces.arrows import arrows
from benchmarks.traces.diagram import Arrow, Diagram, Gap, Note, Ongoing, Row
from benchmarks.traces.graph import Graph, Id, id_of
from benchmarks.traces.messages import messages
from benchmarks.traces.naming import CUSTOMER, is_job
from benchmarks.traces.notes import notes
from benchmarks.traces.spans import CLIENT, CONSUMER, SERVER
from benchmarks.traces.timeline import QUIET_SHARE_MIN

LIFELINES = (CUSTOMER, "orchestrator", "worker", "order", "inventory", "payment", "shipping", "notification")
ONGOING = (CLIENT, SERVER, CONSUMER)
QUIET_NS_MIN = 40_000_000  # a shorter gap between two rows is not worth a word


def diagram(graph: Graph, rows_max: int = 1_000) -> Diagram:
    """Of one order."""
    sent = messages(graph)
    rows: list[Row] = [*arrows(graph, sent), *notes(graph, sent)]
    rows.sort(key=lambda row: (row.at_ns, isinstance(row, Arrow)))  # what was done, before it is told
    every = _with_gaps(graph, rows)
    rows = every[:rows_max]
    seen = {name for row in rows for name in _named(row) if name}
    lifelines = [each for each in LIFELINES if each in seen] + sorted(seen - set(LIFELINES))
    return Diagram(tuple(lifelines), tuple(rows), tuple(_ongoing(graph, rows)), len(every) - len(rows))


def _named(row: Row) -> tuple[str, ...]:
    if isinstance(row, Arrow):
        return row.sender, row.receiver
    return (row.lifeline,) if isinstance(row, Note) else ()


def _with_gaps(graph: Graph, rows: Sequence[Row]) -> list[Row]:
    long_ns = max(QUIET_NS_MIN, int((graph.journey.end_ns - graph.journey.start_ns) * QUIET_SHARE_MIN))
    filled: list[Row] = []
    for row in rows:
        if filled and row.at_ns - filled[-1].at_ns >= long_ns:
            filled.append(Gap(filled[-1].at_ns, row.at_ns - filled[-1].at_ns, filled[-1].back and row.back))
        filled.append(row)
    return filled


def _ongoing(graph: Graph, rows: Sequence[Row]) -> Iterable[Ongoing]:
    """From the first to the last row that a span has an end in; a job lasts until its last request."""
    seen: dict[Id, list[int]] = {}
    for number, row in enumerate(rows):
        for end in () if isinstance(row, Gap) else row.ends:
            seen.setdefault(end, []).append(number)
    for span in graph.journey.spans:
        of_it = [span, *graph.effects(span)] if is_job(span) and span.kind == CONSUMER else [span]
        at = [number for each in of_it for number in seen.get(id_of(each), [])]
        if span.kind in ONGOING and at and max(at) > min(at):
            waits = span.kind == CLIENT or is_job(span)
            yield Ongoing(span.service, min(at), max(at), waits)
