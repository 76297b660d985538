"""Messages as arrows: attempts in vain that follow each other share one, and so does an entry that is tried again."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.traces.diagram import Arrow, span_of_time
from benchmarks.traces.graph import Graph, id_of
from benchmarks.traces.message import Message
from benchmarks.traces.naming import brief
from benchmarks.traces.spans import CLIENT, PRODUCER

TRANSIT_SHARE = 0.1  # of the whole: what was longer on its way is told
TRANSIT_NS_MIN = 40_000_000


def arrows(graph: Graph, sent: Sequence[Message]) -> list[Arrow]:
    """One for each thing told; a failed answer is told by the arrow of its request."""
    whole_ns = graph.journey.end_ns - graph.journey.start_ns
    groups: dict[object, list[Message]] = {}
    for each in sent:
        if not (each.kind == "reply" and each.failed):
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
    if first.overheard:
        told.append("its sending is lost")
    if first.delivery > 1:
        told.append(f"delivery {first.delivery}")
    if transit_ns > max(TRANSIT_NS_MIN, whole_ns * TRANSIT_SHARE):
        told.append(f"{span_of_time(transit_ns)} on its way")
    return told
