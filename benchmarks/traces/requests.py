"""Messages over HTTP: requests and their answers, answered or not. Posted events are among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.traces.graph import Graph
from benchmarks.traces.message import Kind, Message, attempt_of, leads_back
from benchmarks.traces.naming import CUSTOMER, DOOR, SERVICE_OF, event_of, label_of
from benchmarks.traces.remarks import goes_back, set_aside
from benchmarks.traces.spans import CLIENT, SERVER, Span

Address = tuple[str, str]


def asked(graph: Graph) -> Iterator[Message]:
    """Over HTTP: the request, and its answer."""
    lives_at = _addresses(graph)
    for span in graph.journey.spans:
        if span.kind == CLIENT and span.over_http and not set_aside(span):
            served = [each for each in graph.effects(span) if each.kind == SERVER]
            yield from (message for each in served for message in _exchange(graph, span, each))
            if not served:
                yield _unanswered(span, lives_at)
        elif span.kind == SERVER and label_of(span) == "POST /orders" and graph.cause(span) is None:
            yield from _from_outside(span)


def _exchange(graph: Graph, client: Span, server: Span) -> Iterator[Message]:
    sender, receiver, back = client.service, server.service, leads_back(graph, server)
    what, attempt, kind = label_of(server), attempt_of(client), _kind_of_request(client)
    heard_ns = max(server.start_ns, client.start_ns)
    yield Message(kind, sender, receiver, what, client.start_ns, heard_ns, client, server, back, attempt=attempt)
    answered = client.error is None or server.error is not None  # the answer may be one of failure
    arrives_ns = client.end_ns if answered else None
    sent_ns = min(server.end_ns, client.end_ns) if answered else server.end_ns  # a span may outlast its answer
    failed, answer = client.error or server.error or "", _answer(graph, server)
    yield Message("reply", receiver, sender, answer, sent_ns, arrives_ns, server, client, back, failed)


def _addresses(graph: Graph) -> dict[Address, str]:
    """Who answered where: so it is known whom an unanswered request was for."""
    pairs = ((graph.cause(span), span) for span in graph.journey.spans if span.kind == SERVER)
    return {_address(asked): served.service for asked, served in pairs if asked is not None and any(_address(asked))}


def _address(client: Span) -> Address:
    return client.text("server.address"), client.text("server.port")


def _unanswered(client: Span, lives_at: Mapping[Address, str]) -> Message:
    """Nobody is known to have been asked: refused, timed out, or what was done there was not written any more."""
    by_operation = "" if event_of(client) else SERVICE_OF.get(client.operation, "")
    failed = client.error or ("" if client.number("http.response.status_code") else "no answer")
    return Message(
        _kind_of_request(client),
        client.service,
        by_operation or lives_at.get(_address(client), ""),
        label_of(client),
        client.start_ns,
        None,
        client,
        back=not event_of(client) and goes_back(client),
        failed=failed,
        attempt=attempt_of(client),
    )


def _from_outside(door: Span) -> Iterator[Message]:
    """A customer who writes no spans."""
    yield Message("request", CUSTOMER, door.service, DOOR, door.start_ns, door.start_ns, door, door)
    answer, failed = _status(door), door.error or ""
    yield Message("reply", door.service, CUSTOMER, answer, door.end_ns, door.end_ns, door, door, failed=failed)


def _kind_of_request(client: Span) -> Kind:
    return "event" if event_of(client) else "request"


def _answer(graph: Graph, server: Span) -> str:
    """What the asker learns: the event by which it was decided, else the bare status."""
    decided = [
        event_of(each) for each in graph.effects(server) if each.operation and each.operation == server.operation
    ]
    return next(filter(None, decided), "") or _status(server)


def _status(server: Span) -> str:
    return server.text("http.response.status_code") or "answer"
