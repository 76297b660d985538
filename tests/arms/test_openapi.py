"""The door does what its OpenAPI document says, whatever is sent to it: schemathesis asks a real arm."""

from __future__ import annotations

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

EXAMPLES = 25  # for each path and method: the whole takes some seconds on two cores


def test_the_document_is_openapi_3_1_and_declares_what_it_answers(door: str) -> None:
    document = httpx.get(f"{door}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    declared = set(document["paths"]["/orders"]["post"]["responses"])
    assert {"200", "202", "400", "408", "409", "413", "422", "429", "503"} <= declared


def test_the_door_keeps_what_its_document_promises(door: str) -> None:
    schema = schemathesis.openapi.from_url(f"{door}/openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def keeps(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(timeout=40)

        keeps()
        tried += 1
    assert tried >= 4
