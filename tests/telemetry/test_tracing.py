"""One process' traces: what is written, what travels on, and what an order that is not traced costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common.settings import Settings
from common.telemetry import context, conventions
from common.telemetry.conventions import Telling
from common.telemetry.tracing import NOTHING_TRACED, Origin, Policy, Tracing
from common.telemetry.tries import Tries

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = f"{GIVEN[:-2]}00"
ORIGIN = Origin("choreography-streams", "choreography", "streams", "payment", "payment-1")
SOMETHING = Telling("process x", "consumer", {conventions.ORDER_ID: "7", conventions.DELIVERY_COUNT: 2})


def written(folder: Path) -> list[dict[str, Any]]:
    """All spans in the folder, each with its resource's attributes."""
    requests = [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return [
        span | {"resource": resource["resource"]}
        for request in requests
        for resource in request["resourceSpans"]
        for span in resource["scopeSpans"][0]["spans"]
    ]


def told(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in attributes}


def test_a_span_is_written_as_otlp_json_with_who_tells(tmp_path: Path) -> None:
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)))
    tracing.begin(GIVEN).end(SOMETHING)
    tracing.close()
    (span,) = written(tmp_path)
    assert (span["name"], span["kind"], span["traceId"]) == ("process x", 5, context.trace_id_of(GIVEN))
    assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert told(span["attributes"]) == {"harmony.order_id": "7", "harmony.delivery_count": "2"}
    assert told(span["resource"]["attributes"]) == {
        "service.namespace": "choreography-streams",
        "service.name": "payment",
        "service.instance.id": "payment-1",
        "harmony.pattern": "choreography",
        "harmony.transport": "streams",
    }
    assert [file.name for file in tmp_path.iterdir()] == ["payment-1.jsonl"]


def test_what_travels_on_is_the_spans_own_context_from_the_start(tmp_path: Path) -> None:
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)))
    span = tracing.begin(GIVEN)
    span.end(SOMETHING)
    tracing.close()
    (found,) = written(tmp_path)
    assert span.traceparent == f"00-{found['traceId']}-{found['spanId']}-01"
    assert found["parentSpanId"] == context.span_id_of(GIVEN)
    assert "links" not in found, "nothing came by a message"


def test_what_a_message_begins_goes_on_with_its_trace_and_links_to_it(tmp_path: Path) -> None:
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)))
    tracing.begin(GIVEN, crosses=True).end(SOMETHING)
    tracing.close()
    (found,) = written(tmp_path)
    assert found["parentSpanId"] == context.span_id_of(GIVEN)
    assert found["links"] == [{"traceId": context.trace_id_of(GIVEN), "spanId": context.span_id_of(GIVEN)}]


def test_in_link_mode_what_a_message_begins_is_a_trace_of_its_own(tmp_path: Path) -> None:
    tracing = Tracing(ORIGIN, Policy(mode="link", folder=str(tmp_path)))
    span = tracing.begin(GIVEN, crosses=True)
    tracing.begin(span.traceparent).end(SOMETHING)
    span.end(SOMETHING)
    tracing.close()
    inner, outer = written(tmp_path)
    assert outer["traceId"] != context.trace_id_of(GIVEN)
    assert "parentSpanId" not in outer
    assert outer["links"] == [{"traceId": context.trace_id_of(GIVEN), "spanId": context.span_id_of(GIVEN)}]
    assert (inner["traceId"], inner["parentSpanId"]) == (outer["traceId"], outer["spanId"])


def test_an_error_is_told_as_the_spans_status(tmp_path: Path) -> None:
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)))
    tracing.begin(GIVEN).end(conventions.sent("redis", "s", "1-0", {}, "TimeoutError: nobody there"))
    tracing.close()
    (found,) = written(tmp_path)
    assert found["status"] == {"code": 2, "message": "TimeoutError: nobody there"}
    assert told(found["attributes"])["error.type"] == "TimeoutError"


def test_an_order_that_is_not_traced_passes_through_and_makes_no_provider() -> None:
    program = (
        "import sys\n"
        "import common.service\n"
        "from common.telemetry.tracing import Origin, Policy, Tracing\n"
        "tracing = Tracing(Origin('', '', '', '', ''), Policy(share=0.0))\n"
        f"given = {UNSAMPLED!r}\n"
        "span = tracing.begin(given)\n"
        "assert span.traceparent == given and not span.sampled\n"
        "assert not tracing.root(tracing.decide()).sampled\n"
        "tracing.close()\n"
        "assert 'common.telemetry.provider' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    "garbled",
    [
        "",
        "01",
        GIVEN.upper(),
        f"{GIVEN}1",
        f"01{GIVEN[2:]}",
        f"00-{'0' * 32}-{'1' * 16}-01",
        f"00-{'1' * 32}-{'0' * 16}-01",
    ],
)
def test_a_context_that_is_none_is_not_traced(garbled: str) -> None:
    span = Tracing(ORIGIN, Policy()).begin(garbled)
    assert not span.sampled
    assert span.traceparent == garbled


def test_the_share_of_orders_that_are_traced_is_the_one_that_was_asked_for() -> None:
    for share, least, most in ((0.0, 0, 0), (1.0, 2_000, 2_000), (0.25, 400, 600)):
        tracing = Tracing(ORIGIN, Policy(share=share))
        traced = sum(context.is_sampled(tracing.decide()) for _ in range(2_000))
        assert least <= traced <= most


def test_the_same_seed_draws_the_same_orders_whoever_draws() -> None:
    drawn = [[Tracing(ORIGIN, Policy(share=0.2, seed=seed)) for _ in range(2)] for seed in (7, 8)]
    first, second = ([[context.is_sampled(each.decide()) for _ in range(200)] for each in pair] for pair in drawn)
    assert first[0] == first[1]
    assert second[0] == second[1]
    assert first[0] != second[0]


def test_nobodys_environment_decides_what_is_traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0")
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)))
    tracing.begin(GIVEN).end(SOMETHING)
    tracing.close()
    (span,) = written(tmp_path)
    assert told(span["attributes"])["harmony.order_id"] == "7"


def test_what_is_told_after_the_end_is_lost_and_counted(tmp_path: Path) -> None:
    lost: list[str] = []
    tracing = Tracing(ORIGIN, Policy(folder=str(tmp_path)), dropped=lambda why, amount: lost.append(why))
    span = tracing.begin(GIVEN)
    tracing.close()
    span.end(SOMETHING)
    assert lost == ["closed"]
    assert written(tmp_path) == []


def test_tries_are_counted_until_it_is_done_and_only_so_many() -> None:
    tries = Tries[str](most=2)
    assert [tries.before("a", done=False), tries.before("a", done=False), tries.before("a", done=True)] == [0, 1, 2]
    assert tries.before("a", done=False) == 0
    for name in "bc":
        tries.before(name, done=False)
    assert tries.before("a", done=False) == 0, "the oldest gives way"
    assert tries.before("c", done=False) == 1


@pytest.mark.parametrize("endpoint", ["http://u:secret@127.0.0.1:4318", "ftp://127.0.0.1", "somewhere"])
def test_an_endpoint_is_a_plain_address_since_it_is_told_in_logs(endpoint: str) -> None:
    with pytest.raises(ValueError, match="without a name or password"):
        Settings(otlp_endpoint=endpoint)


def test_whoever_has_nothing_to_trace_with_writes_nothing() -> None:
    assert not NOTHING_TRACED.begin(GIVEN).sampled
    assert not NOTHING_TRACED.root(GIVEN).sampled
