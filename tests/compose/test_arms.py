"""The table of the arms: complete, and at one with the code that it names."""

from __future__ import annotations

from importlib import import_module
from pkgutil import resolve_name

import pytest

from common.domain.events import EVENTS
from common.store import keys
from compose.arm import PORTS_PER_ARM, Arm, groups, places
from compose.arms import ARMS, SERVICES

STREAMS = {keys.events(event.source, event.__name__) for event in EVENTS}

each_arm = pytest.mark.parametrize("arm", ARMS.values(), ids=list(ARMS))


@each_arm
def test_every_arm_runs_the_five_services_and_has_a_door(arm: Arm) -> None:
    services = [role.service for role in arm.roles]
    assert {*SERVICES, arm.entry} == set(services)
    assert len(services) == len(set(services))


@each_arm
def test_every_main_is_there(arm: Arm) -> None:
    assert all(callable(resolve_name(role.main)) for role in arm.roles)


@each_arm
def test_the_entry_has_the_first_port_and_no_two_processes_share_one(arm: Arm) -> None:
    placed = places(arm, 18_100)
    ports = [place.port for place in placed]
    assert next(place.role.service for place in placed if place.port == 18_100) == arm.entry
    assert len(ports) == len(set(ports))
    assert max(ports) < 18_100 + PORTS_PER_ARM


@each_arm
def test_every_stream_that_is_heard_is_written_by_another_service(arm: Arm) -> None:
    for stream, hearer in groups(arm):
        assert stream in STREAMS
        assert not stream.startswith(f"{{{hearer}}}")


def test_in_the_choreography_everybody_hears_and_nobody_knows_an_address() -> None:
    roles = ARMS["choreography-streams"].roles
    assert all(role.hears and not role.calls for role in roles)
    for role in roles:
        reactions = import_module(f"choreography.{role.service}").REACTIONS
        assert len(role.hears) == len(reactions)


def test_in_the_orchestration_one_knows_the_others_and_nobody_hears() -> None:
    roles = ARMS["orchestration-http"].roles
    assert [role.service for role in roles if role.calls] == ["orchestrator"]
    assert not any(role.hears for role in roles)
