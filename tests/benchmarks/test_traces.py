"""What is read of traces is what was written, whatever else lies in the file; and one order is one graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.traces import reading
from benchmarks.traces.diagram import Arrow, Gap, Note
from benchmarks.traces.graph import Graph, causes
from benchmarks.traces.happenings import diagram
from benchmarks.traces.journey import Journey
from benchmarks.traces.listing import briefs
from benchmarks.traces.message import Message
from benchmarks.traces.messages import messages
from benchmarks.traces.reading import Ambiguous, Damaged, NoTraces, Traces
from benchmarks.traces.remarks import remarks
from benchmarks.traces.spans import Unreadable, spans_of
from benchmarks.traces.told import told as as_json
from benchmarks.traces.waiting import blocking_share, unattended, unattended_share
from tests.benchmarks.traced import KINDS, MS, Row, Writing, graph, journey, line, write
from tests.benchmarks.traced_orders import (
    ARMS,
    STEPS,
    claimed,
    dead_lettered,
    retried,
    told,
    without,
)

LIKES = tuple(STEPS)
every_arm = pytest.mark.parametrize("arm", ARMS)
every_like = pytest.mark.parametrize("like", LIKES)
either_mode = pytest.mark.parametrize("link", [False, True], ids=["parent", "link"])

# reading


def test_numbers_may_be_strings_or_not_and_what_is_unknown_is_passed_over() -> None:
    row = {
        "traceId": "aa", "spanId": "bb", "parentSpanId": "0000000000000000", "name": "n", "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": 5, "endTimeUnixNano": "9", "flags": 257, "events": [{"name": "x"}],
        "attributes": [
            {"key": "a", "value": {"intValue": 3}}, {"key": "b", "value": {"intValue": "4"}},
            {"key": "c", "value": {"arrayValue": {}}}, {"key": "d"}, "nonsense",
            {"key": "harmony.order_id", "value": {"stringValue": "o"}},
        ],
        "status": {"code": "STATUS_CODE_ERROR"},
    }  # fmt: skip
    written = {"resourceSpans": [{"scopeSpans": [{"spans": [row, {"name": "without ids"}, 7]}]}, {"resource": {}}]}
    (span,) = spans_of(json.dumps(written).encode())
    assert (span.kind, span.start_ns, span.end_ns, span.parent_id) == ("client", 5, 9, "")
    assert dict(span.attributes) == {"a": 3, "b": 4, "harmony.order_id": "o"}
    assert span.error == "failed"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"resourceSpans"'])
def test_a_line_that_is_none_is_called_so(text: str) -> None:
    with pytest.raises(Unreadable):
        list(spans_of(text.encode()))


def test_a_last_line_that_its_process_died_in_is_passed_over_and_one_elsewhere_is_counted(tmp_path: Path) -> None:
    writing = told("choreography-streams")
    write(tmp_path, writing)
    file = next(tmp_path.rglob("payment-1*.jsonl"))
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole + '{"resourceSpans": [{"resou', encoding="utf-8")
    traces = Traces(tmp_path)
    (found,) = traces.orders(writing.order_id)
    assert len(found.spans) == len(writing.rows)
    list(traces.spans())
    assert traces.damaged == 0
    file.write_text('{"half\n' + whole, encoding="utf-8")
    assert len(list(traces.spans())) == len(writing.rows)
    assert traces.damaged == 1


def test_a_file_of_nothing_but_rubbish_is_damaged_and_an_absent_one_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "traces.ndjson").write_bytes(b"\x00\xff rubbish\n" * 3)
    with pytest.raises(Damaged):
        list(Traces(tmp_path / "traces.ndjson").spans())
    for path in (tmp_path / "none", tmp_path / "none.ndjson"):
        with pytest.raises(NoTraces):
            list(Traces(path).spans())


def test_a_line_longer_than_any_of_ours_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = told("choreography-streams")
    write(tmp_path, writing)
    file = next(tmp_path.rglob("payment-1*.jsonl"))
    file.write_text("x" * 40_000 + "\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(reading, "LINE_MAX", 8_192)
    traces = Traces(tmp_path)
    assert len(list(traces.spans())) == len(writing.rows)
    assert traces.damaged == 1


def test_only_the_order_asked_for_is_kept(tmp_path: Path) -> None:
    wanted, other = told("choreography-streams", order_id="a" * 32), told("choreography-streams", order_id="b" * 32)
    write(tmp_path, wanted, other)
    (found,) = Traces(tmp_path).orders("a" * 32)
    assert {span.order_id for span in found.spans} == {"a" * 32}
    assert len(found.spans) == len(wanted.rows)


@pytest.mark.parametrize("part", ["abc", "321", "abc" + "0" * 26 + "321"])
def test_the_beginning_or_the_end_of_an_id_will_do(tmp_path: Path, part: str) -> None:
    write(tmp_path, told("choreography-http", order_id="abc" + "0" * 26 + "321"))
    write(tmp_path, told("choreography-http", order_id="f" * 32))
    (found,) = Traces(tmp_path).orders(part)
    assert found.order_id.startswith("abc")


def test_a_part_that_fits_several_is_not_guessed_and_one_that_fits_none_finds_none(tmp_path: Path) -> None:
    write(tmp_path, *(told("choreography-http", order_id=f"abc{n}" + "0" * 28) for n in range(3)))
    with pytest.raises(Ambiguous) as caught:
        Traces(tmp_path).orders("abc")
    assert [each[:4] for each in caught.value.ids] == ["abc0", "abc1", "abc2"]
    assert Traces(tmp_path).orders("xyz") == []


def test_the_same_customers_order_is_found_in_every_arm_that_took_it(tmp_path: Path) -> None:
    write(tmp_path, *(told(arm, order_id="c" * 32) for arm in ARMS))
    assert [each.arm for each in Traces(tmp_path).orders("c" * 32)] == [
        "orchestration-http", "orchestration-streams", "orchestration-rq", "choreography-http", "choreography-streams",
    ]  # fmt: skip


def test_a_span_of_the_same_trace_that_names_no_order_belongs_to_it(tmp_path: Path) -> None:
    writing = told("choreography-streams")
    service, process, row = writing.rows[0]
    nameless: Row = {**row, "spanId": "f" * 16, "attributes": []}
    elsewhere: Row = {**nameless, "traceId": "e" * 32}
    writing.rows += [(service, process, nameless), (service, process, elsewhere)]
    found = {span.span_id for span in journey(tmp_path, writing).spans}
    assert "f" * 16 in found
    assert len(found) == len(writing.rows) - 1


def test_a_runs_one_file_tells_the_same_as_the_folder(tmp_path: Path) -> None:
    writing = told("orchestration-rq", "undeliverable")
    folder = write(tmp_path / "traces", writing)
    merged = tmp_path / "traces.ndjson"
    merged.write_text("".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.jsonl"))))
    assert Traces(merged).orders(writing.order_id) == Traces(folder).orders(writing.order_id)


# one graph


@every_arm
@every_like
@either_mode
def test_an_order_without_trouble_is_one_graph(tmp_path: Path, arm: str, like: str, link: bool) -> None:
    whole = graph(tmp_path, told(arm, like, link=link))
    assert whole.connected
    assert list(whole.effects(None)) == [whole.journey.spans[0]]
    assert len({span.trace_id for span in whole.journey.spans}) > 1 or not link or arm == "orchestration-http"
    _walks_everything_once_causes_first(whole)


@every_arm
def test_a_customer_who_does_not_trace_leaves_no_gap(tmp_path: Path, arm: str) -> None:
    writing = told(arm, customer=False)
    assert graph(tmp_path, writing).connected


@either_mode
def test_what_a_killed_process_had_not_written_leaves_its_effects_in_the_air(tmp_path: Path, link: bool) -> None:
    def of_payment(process: str, row: Row) -> bool:
        return process == "payment-1"

    whole = graph(tmp_path, without(told("choreography-streams", link=link), of_payment))
    assert not whole.connected
    assert [span.service for span in whole.hanging] == ["shipping"]
    assert len(whole.parts) == 2
    _walks_everything_once_causes_first(whole)


def test_siblings_whose_cause_was_lost_stay_together(tmp_path: Path) -> None:
    def the_door(process: str, row: Row) -> bool:
        return bool(row["name"] == "POST /orders")

    whole = graph(tmp_path, without(told("orchestration-http", customer=False), the_door))
    assert len(whole.hanging) == len(STEPS["completed"])
    assert len(whole.parts) == 1
    assert not whole.connected


def test_spans_that_cause_each_other_end_no_walk(tmp_path: Path) -> None:
    writing = told("choreography-http")
    first, last = writing.rows[0][2], writing.rows[-1][2]
    first["parentSpanId"] = last["spanId"]
    last["parentSpanId"] = first["spanId"]
    _walks_everything_once_causes_first(graph(tmp_path, writing))


def _walks_everything_once_causes_first(whole: Graph) -> None:
    walked = list(whole.walked())
    assert sorted(id(span) for span, _ in walked) == sorted(id(span) for span in whole.journey.spans)
    place = {id(span): (number, depth) for number, (span, depth) in enumerate(walked)}
    for span, depth in walked:
        cause = whole.cause(span)
        assert cause is None or (place[id(cause)][0] < place[id(span)][0] and place[id(cause)][1] == depth - 1)
        assert cause is not None or depth == 0
        assert cause is None or (cause.trace_id, cause.span_id) in causes(span)


# who told whom what


def _told(sent: list[Message]) -> list[tuple[str, str, str, str]]:
    return [(each.kind, each.sender, each.receiver, each.label) for each in sent]


def test_in_orchestration_one_asks_and_each_answers(tmp_path: Path) -> None:
    sent = messages(graph(tmp_path, told("orchestration-http")))
    assert _told(sent)[:4] == [
        ("request", "customer", "orchestrator", "POST /orders"),
        ("reply", "orchestrator", "customer", "202"),
        ("request", "orchestrator", "order", "place"),
        ("reply", "order", "orchestrator", "OrderPlaced"),
    ]
    assert len(sent) == 2 * (1 + len(STEPS["completed"]))


@pytest.mark.parametrize("arm", ["choreography-streams", "choreography-http"])
def test_in_choreography_each_tells_the_next_and_nobody_hears_the_last(tmp_path: Path, arm: str) -> None:
    sent = messages(graph(tmp_path, told(arm)))
    assert [each for each in _told(sent) if each[0] == "event"] == [
        ("event", "order", "inventory", "OrderPlaced"),
        ("event", "inventory", "payment", "InventoryUpdated"),
        ("event", "payment", "shipping", "OrderPayed"),
        ("event", "shipping", "notification", "OrderShipped"),
        ("event", "notification", "order", "CustomerNotified"),
    ]


def test_commands_and_jobs_are_told_from_requests_and_events(tmp_path: Path) -> None:
    streams = _told(messages(graph(tmp_path / "a", told("orchestration-streams"))))
    assert ("command", "orchestrator", "payment", "charge") in streams
    assert ("reply", "payment", "orchestrator", "OrderPayed") in streams
    queue = _told(messages(graph(tmp_path / "b", told("orchestration-rq"))))
    assert ("job", "orchestrator", "worker", "job") in queue
    assert ("request", "worker", "payment", "charge") in queue


@every_arm
@every_like
@either_mode
def test_nothing_is_received_before_it_is_sent_and_each_sentence_is_said_once(
    tmp_path: Path, arm: str, like: str, link: bool
) -> None:
    sent = messages(graph(tmp_path, told(arm, like, link=link)))
    assert all(each.received_ns is not None and each.sent_ns <= each.received_ns for each in sent)
    assert [each.sent_ns for each in sent] == sorted(each.sent_ns for each in sent)
    assert not [each for each in sent if each.failed]
    assert len({(each.kind, each.sent_by.span_id, each.receiver) for each in sent}) == len(sent)
    assert any(each.back for each in sent) == (like != "completed")


def hasty(writing: Writing) -> Writing:
    """Every hearer had the entry before its sender knew that it was written: no store waits for that."""
    ends = {row["spanId"]: row for _, _, row in writing.rows if row["kind"] == KINDS["producer"]}
    for _, _, row in writing.rows:
        if row["kind"] == KINDS["consumer"]:
            sender = ends[row["links"][0]["spanId"]]
            row["startTimeUnixNano"] = str(int(sender["endTimeUnixNano"]) - MS // 4)
    return writing


@pytest.mark.parametrize("arm", ["orchestration-streams", "choreography-streams"])
def test_who_hears_before_the_sender_knows_that_it_is_sent_is_told_in_order_all_the_same(
    tmp_path: Path, arm: str
) -> None:
    whole = graph(tmp_path, hasty(told(arm)))
    heard = [each for each in messages(whole) if each.sent_by.kind == "producer"]
    assert heard
    assert {each.transit_ns for each in heard} == {0}
    rows = [row for row in diagram(whole).rows if not isinstance(row, Gap)]
    done = next(number for number, row in enumerate(rows) if isinstance(row, Note) and row.text.startswith("charge"))
    told_of = next(number for number, row in enumerate(rows) if isinstance(row, Arrow) and row.label == "OrderPayed")
    assert done < told_of
    assert rows[done].at_ns == rows[told_of].at_ns


@every_arm
@every_like
def test_the_way_back_begins_where_something_is_undone_and_lasts_to_the_end(
    tmp_path: Path, arm: str, like: str
) -> None:
    rows = [row for row in diagram(graph(tmp_path, told(arm, like))).rows if not isinstance(row, Gap)]
    after = [row.back for row in rows if not (isinstance(row, Arrow) and row.label in ("202", "204"))]
    assert after == sorted(after)
    assert [
        row.label for row in rows if isinstance(row, Arrow) and row.label in ("POST /orders", "job") and row.back
    ] == []
    forward = [row.text.split()[0] for row in rows if isinstance(row, Note) and not row.back]
    back = [row.text.split()[0] for row in rows if isinstance(row, Note) and row.back]
    assert set(forward) <= {"place", "reserve", "charge", "ship", "confirm", "complete"}
    assert set(back) <= {"expire", "recall", "refund", "release", "apologise", "cancel"}
    assert len(forward) + len(back) == len(STEPS[like])


def test_a_request_that_reached_nobody_has_no_time_of_arrival(tmp_path: Path) -> None:
    sent = messages(graph(tmp_path, retried("orchestration-http", times=3)))
    charges = [each for each in sent if each.label == "charge"]
    assert [(each.received_ns is None, each.attempt) for each in charges] == [
        (True, 1), (True, 2), (True, 3), (False, 4),
    ]  # fmt: skip
    assert charges[0].receiver == "payment"
    assert "ConnectError" in charges[0].failed


def test_a_command_that_nobody_heard_is_on_its_way(tmp_path: Path) -> None:
    def of_payment(process: str, row: Row) -> bool:
        return process == "payment-1"

    sent = messages(graph(tmp_path, without(told("orchestration-streams"), of_payment)))
    (charge,) = [each for each in sent if each.label == "charge"]
    assert (charge.receiver, charge.received_ns, charge.failed) == ("payment", None, "")


def test_an_event_whose_sending_was_lost_is_still_known_to_come_from_whose_stream_it_lay_in(tmp_path: Path) -> None:
    def of_payment(process: str, row: Row) -> bool:
        return process == "payment-1"

    sent = messages(graph(tmp_path, without(told("choreography-streams"), of_payment)))
    (lost,) = [each for each in sent if each.overheard]
    assert (lost.kind, lost.sender, lost.receiver, lost.label) == ("event", "payment", "shipping", "OrderPayed")
    shape = as_json(journey(tmp_path / "again", without(told("choreography-streams"), of_payment)))
    assert [each["sent_ms"] for each in shape["messages"] if each["what"] == "OrderPayed"] == [None]


# what is to be said of it


@every_arm
@every_like
def test_how_an_order_ended_is_read_off_its_commits(tmp_path: Path, arm: str, like: str) -> None:
    found = journey(tmp_path, told(arm, like))
    assert found.ending == ("completed" if like == "completed" else "cancelled")
    assert found.reason == ("" if like == "completed" else like)
    undone = {"payment_declined": ["undone"], "undeliverable": ["undone"], "deadline": ["expired", "undone"]}
    assert remarks(found.spans) == undone.get(like, [])


def test_remarks_tell_a_retry_a_claim_and_a_dead_letter(tmp_path: Path) -> None:
    assert "retried" in remarks(journey(tmp_path / "a", retried("orchestration-rq")).spans)
    assert remarks(journey(tmp_path / "b", claimed()).spans) == ["redelivered"]
    told_of = remarks(journey(tmp_path / "c", dead_lettered()).spans)
    assert set(told_of) == {"retried", "redelivered", "dead-lettered"}


def test_an_order_whose_close_was_lost_is_open_as_far_as_is_known(tmp_path: Path) -> None:
    def the_close(process: str, row: Row) -> bool:
        return "OrderCompleted" in row["name"]

    assert journey(tmp_path, without(told("choreography-http"), the_close)).ending == "open"


def test_somebody_waits_over_http_and_nobody_does_over_streams(tmp_path: Path) -> None:
    http, streams = (journey(tmp_path / arm, told(arm)) for arm in ("orchestration-http", "choreography-streams"))
    assert blocking_share(streams) == 0
    assert 0.3 < blocking_share(http) < 1
    assert 0 < unattended_share(streams) < 1


def test_while_payment_is_away_an_event_is_in_nobodys_hands(tmp_path: Path) -> None:
    found = journey(tmp_path, claimed())
    longest = max(end - start for start, end in unattended(found))
    assert 2.0e9 < longest < 2.2e9


# all of them in short


def test_the_list_is_of_every_order_the_newest_first(tmp_path: Path) -> None:
    writings = [told(arm, like, f"{n:032d}") for n, (arm, like) in enumerate(zip(ARMS, LIKES, strict=True))]
    for number, writing in enumerate(writings):
        for _, _, row in writing.rows:
            for name in ("startTimeUnixNano", "endTimeUnixNano"):
                row[name] = str(int(row[name]) + number * 10**9)
    listed = briefs(Traces(write(tmp_path, *writings)).spans())
    assert [each.order_id for each in listed] == [writing.order_id for writing in reversed(writings)]
    for brief in listed:
        (found,) = Traces(tmp_path).orders(brief.order_id)
        assert (brief.ending, brief.reason, brief.spans) == (found.ending, found.reason, len(found.spans))
        assert brief.duration_ms == found.duration_ms
        assert list(brief.remarks) == remarks(found.spans) or set(brief.remarks) == set(remarks(found.spans))
    assert [each.key for each in briefs(Traces(tmp_path).spans(), orders_max=2)] == [each.key for each in listed[:2]]


def test_the_json_has_every_span_and_every_message(tmp_path: Path) -> None:
    found = journey(tmp_path, dead_lettered())
    shape = as_json(found)
    assert json.loads(json.dumps(shape)) == shape
    assert len(shape["spans"]) == len(found.spans)
    assert shape["messages"]
    assert (shape["status"], shape["connected"], shape["hanging"]) == ("open", True, [])


def test_a_span_written_twice_is_there_once(tmp_path: Path) -> None:
    writing = told("choreography-streams")
    service, process, row = writing.rows[3]
    write(tmp_path, writing)
    with (tmp_path / "again.jsonl").open("w", encoding="utf-8") as file:
        file.write(line(service, process, writing.arm, [row]))
    (found,) = Traces(tmp_path).orders(writing.order_id)
    assert isinstance(found, Journey)
    assert len(found.spans) == len(writing.rows)
