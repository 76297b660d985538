"""What was done, as notes on lifelines: decided, refused, of no effect, tried in vain, or set aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.traces.diagram import Note, Tone
from benchmarks.traces.graph import Graph, id_of
from benchmarks.traces.hop import VAIN, Hop
from benchmarks.traces.hops import hops, services
from benchmarks.traces.message import Message
from benchmarks.traces.naming import brief, event_of, label_of
from benchmarks.traces.remarks import goes_back
from benchmarks.traces.spans import CLIENT, CONSUMER, Span


def notes(graph: Graph, sent: Sequence[Message]) -> list[Note]:
    """Of every hop. An event is named only where no arrow carries it."""
    carried = {(each.sender, each.label) for each in sent}
    made = hops(graph)
    several = {service for service, processes in services(made).items() if len(processes) > 1}
    return [note for hop in made for note in _notes_of(graph, hop, carried, several)]


def _notes_of(graph: Graph, hop: Hop, carried: set[tuple[str, str]], several: set[str]) -> Iterable[Note]:
    for span in hop.having("commits"):
        yield _decided(graph, hop, span, carried, several)
    vain = [span for span in hop.having("works") if span.outcome in VAIN or (span.kind == CONSUMER and span.error)]
    if vain:
        times = f"{len(vain)} attempts in vain" if len(vain) > 1 else "an attempt in vain"
        at_ns, ends = vain[-1].end_ns, (id_of(vain[0]),)
        yield Note(at_ns, vain[0].service, f"{vain[0].operation or hop.does} \N{BALLOT X} {times}", "bad", ends=ends)
    for span in hop.having("aside"):
        yield Note(span.end_ns, span.service, f"{label_of(span)}: dead letter", "bad")


def _decided(graph: Graph, hop: Hop, span: Span, carried: set[tuple[str, str]], several: set[str]) -> Note:
    reactions = [each.start_ns for each in graph.effects(span) if each.kind in (CLIENT, CONSUMER)]
    who = f"{span.process}: " if span.service in several else ""
    tone, came = _came(span)
    event = event_of(span)
    announced = f" {event}" if event and (span.service, event) not in carried else ""
    cause = graph.cause(span)
    return Note(
        at_ns=max(span.start_ns, min([hop.until_ns(span), *reactions])),
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
