"""What a sequence diagram of an order shows, row by row: who told whom what, what each then did, and quiet times.

A row has one thing, so that nothing covers anything; attempts in vain that follow each other share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.traces.graph import Graph, Id, id_of
from benchmarks.traces.hop import VAIN, Hop
from benchmarks.traces.hops import hops, services
from benchmarks.traces.messages import Message, messages
from benchmarks.traces.naming import CUSTOMER, brief, event_of, is_job, label_of
from benchmarks.traces.remarks import goes_back
from benchmarks.traces.spans import CLIENT, CONSUMER, PRODUCER, SERVER, Span
from benchmarks.traces.timeline import QUIET_SHARE_MIN

LIFELINES = (CUSTOMER, "orchestrator", "worker", "order", "inventory", "payment", "shipping", "notification")
ONGOING = (CLIENT, SERVER, CONSUMER)
QUIET_NS_MIN = 40_000_000  # a shorter gap between two rows is not worth a word
TRANSIT_SHARE = 0.1  # of the whole: what was longer on its way is told

Tone = Literal["yes", "no", "idle", "bad"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """Something told. `receiver` may be empty: nobody knows whom it was for. `failed`: it came to nothing, and why."""

    at_ns: int
    sender: str
    receiver: str
    label: str
    reply: bool = False
    back: bool = False
    failed: str = ""
    more: str = ""  # said beside the label
    ends: tuple[Id, ...] = ()  # the spans at its ends


@dataclass(frozen=True, slots=True)
class Note:
    """Something done: accepted, refused, of no effect, or failed."""

    at_ns: int
    lifeline: str
    text: str
    tone: Tone
    back: bool = False
    ends: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing for so long."""

    at_ns: int
    long_ns: int
    back: bool = False


Row = Arrow | Note | Gap


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A lifeline that waits for an answer, or has the order in hand, from one row to another."""

    lifeline: str
    first: int
    last: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """Lifelines from left to right, rows from top to bottom."""

    lifelines: tuple[str, ...]
    rows: tuple[Row, ...]
    ongoing: tuple[Ongoing, ...] = field(default=())


def diagram(graph: Graph) -> Diagram:
    """Of one order."""
    sent = messages(graph)
    rows: list[Row] = [*_arrows(graph, sent), *_notes(graph, sent)]
    rows.sort(key=lambda row: (row.at_ns, isinstance(row, Arrow)))  # what was done, before it is told
    rows = _with_gaps(graph, rows)
    seen = {name for row in rows for name in _named(row) if name}
    lifelines = [each for each in LIFELINES if each in seen] + sorted(seen - set(LIFELINES))
    return Diagram(tuple(lifelines), tuple(rows), tuple(_ongoing(graph, rows)))


def _named(row: Row) -> tuple[str, ...]:
    if isinstance(row, Arrow):
        return row.sender, row.receiver
    return (row.lifeline,) if isinstance(row, Note) else ()


def _arrows(graph: Graph, sent: Sequence[Message]) -> list[Arrow]:
    whole_ns = graph.journey.end_ns - graph.journey.start_ns
    groups: dict[object, list[Message]] = {}
    for each in sent:
        if not (each.kind == "reply" and each.failed):  # told by the arrow of its request
            groups.setdefault(_alike(graph, each), []).append(each)
    return [_arrow(group, whole_ns) for group in groups.values()]


def _alike(graph: Graph, each: Message) -> object:
    """What further attempts have in common: those in vain, and the same entry tried again by who has it."""
    if each.sent_by.kind == PRODUCER:
        return id_of(each.sent_by), each.receiver, each.delivery
    if _in_vain(each):
        cause = graph.cause(each.sent_by)
        return cause and id_of(cause), each.sender, each.label
    return id_of(each.sent_by), each.kind


def _in_vain(each: Message) -> bool:
    return each.sent_by.kind == CLIENT and each.sent_by.error is not None


def _arrow(group: Sequence[Message], whole_ns: int) -> Arrow:
    first = group[0]
    at_ns = first.sent_ns if first.received_ns is None else first.received_ns
    vain = brief(first.sent_by.error or "") if _in_vain(first) else ""
    on_its_way = first.sent_by.kind == PRODUCER and first.received_ns is None
    ends = (first.sent_by, first.received_by) if not vain else ()
    return Arrow(
        at_ns=at_ns,
        sender=first.sender,
        receiver=first.receiver,
        label=first.label,
        reply=first.kind == "reply",
        back=first.back,
        failed=vain or ("nobody heard it" if on_its_way else ""),
        more=", ".join(_more(group, whole_ns)),
        ends=tuple(id_of(span) for span in ends if span is not None),
    )


def _more(group: Sequence[Message], whole_ns: int) -> list[str]:
    first, transit_ns = group[0], group[0].transit_ns or 0
    told = []
    if len(group) > 1 and _in_vain(first):
        told.append(f"{len(group)} times in {span_of_time(group[-1].sent_ns - first.sent_ns)}")
    if first.delivery > 1:
        told.append(f"delivery {first.delivery}")
    if transit_ns > max(QUIET_NS_MIN, whole_ns * TRANSIT_SHARE):
        told.append(f"{span_of_time(transit_ns)} on its way")
    return told


def _notes(graph: Graph, sent: Sequence[Message]) -> list[Note]:
    carried = {(each.sender, each.label) for each in sent}
    made = hops(graph)
    several = {service for service, processes in services(made).items() if len(processes) > 1}
    return [note for hop in made for note in _notes_of(graph, hop, carried, several)]


def _notes_of(graph: Graph, hop: Hop, carried: set[tuple[str, str]], several: set[str]) -> Iterable[Note]:
    for span in hop.having("commits"):
        yield _decided(graph, span, carried, several)
    vain = [span for span in hop.having("works") if span.outcome in VAIN or (span.kind == CONSUMER and span.error)]
    if vain:
        times = f"{len(vain)} attempts in vain" if len(vain) > 1 else "an attempt in vain"
        at_ns, ends = vain[-1].end_ns, (id_of(vain[0]),)
        yield Note(at_ns, vain[0].service, f"{vain[0].operation or hop.does} \N{BALLOT X} {times}", "bad", ends=ends)
    for span in hop.having("aside"):
        yield Note(span.end_ns, span.service, f"{label_of(span)}: dead letter", "bad")


def _decided(graph: Graph, span: Span, carried: set[tuple[str, str]], several: set[str]) -> Note:
    reactions = [each.start_ns for each in graph.effects(span) if each.kind in (CLIENT, CONSUMER)]
    who = f"{span.process}: " if span.service in several else ""
    tone, came = _came(span)
    event = event_of(span)
    announced = f" {event}" if event and (span.service, event) not in carried else ""
    cause = graph.cause(span)
    return Note(
        at_ns=max(span.start_ns, min([span.end_ns, *reactions])),
        lifeline=span.service,
        text=f"{who}{span.operation or span.name} {came}{announced}",
        tone=tone,
        back=goes_back(span),
        ends=(id_of(cause),) if cause else (),
    )


def _came(span: Span) -> tuple[Tone, str]:
    """How a commit is told: in a tone, and by a sign and words."""
    if span.outcome == "accepted":
        return "yes", "\N{CHECK MARK}"
    if span.outcome == "rejected":
        return ("idle", "\N{EN DASH} nothing to undo") if goes_back(span) else ("no", "\N{BALLOT X}")
    if span.outcome in ("repeated", "barred"):
        return "idle", {"repeated": "\N{EN DASH} done before", "barred": "\N{EN DASH} barred"}[span.outcome]
    return "bad", f"\N{BALLOT X} {brief(span.error or span.outcome or 'unknown')}"


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


def span_of_time(long_ns: int) -> str:
    """As a person says it."""
    return f"{long_ns / 1e9:.1f} s" if long_ns >= 1e9 else f"{long_ns / 1e6:.0f} ms"
