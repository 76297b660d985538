"""The table of the arms: complete, and at one with the code that it names."""

from __future__ import annotations

from importlib import import_module
from pkgutil import resolve_name

import pytest

from common.domain.events import EVENTS
from common.store import keys
from compose.arm import PORTS_PER_ARM, REPLICAS_MAX, Arm, groups, places
from compose.arms import OWN, SERVICES

STREAMS = {keys.events(event.source, event.__name__) for event in EVENTS}
ANSWERS = {keys.answers(service) for service in SERVICES}

each_arm = pytest.mark.parametrize("arm", OWN.values(), ids=list(OWN))


@each_arm
def test_every_arm_runs_the_five_services_and_has_a_door(arm: Arm) -> None:
    services = [role.service for role in arm.roles]
    assert {*SERVICES, arm.entry} <= set(services)
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
@pytest.mark.parametrize("count", range(1, REPLICAS_MAX + 1))
def test_with_replicas_of_everything_every_process_has_its_name_and_a_port_of_its_own(arm: Arm, count: int) -> None:
    placed = places(arm.with_replicas({role.service: count for role in arm.roles}), 18_100)
    assert len(placed) == count * len(arm.roles)
    assert len({place.name for place in placed}) == len({place.port for place in placed}) == len(placed)
    assert max(place.port for place in placed) < 18_100 + PORTS_PER_ARM
    assert {(place.name, place.port) for place in places(arm, 18_100)} <= {(each.name, each.port) for each in placed}


@each_arm
def test_replicas_of_services_that_an_arm_has_not_leave_it_as_it_is(arm: Arm) -> None:
    assert arm.with_replicas({"redis": 1, "nobody": 3}) == arm
    assert arm.with_replicas({}) == arm
    assert arm.with_replicas({"payment": 2}).with_replicas({"payment": 1}) == arm


@each_arm
@pytest.mark.parametrize("count", [0, -1, REPLICAS_MAX + 1])
def test_no_replicas_or_more_than_there_are_ports_for_are_refused(arm: Arm, count: int) -> None:
    with pytest.raises(ValueError, match="payment can have 1 to 5 replicas"):
        arm.with_replicas({"payment": count})


@each_arm
def test_whoever_hears_events_hears_those_of_others_and_commands_its_own(arm: Arm) -> None:
    for stream, hearer in groups(arm):
        own = stream.startswith(f"{{{hearer}}}")
        assert stream == keys.commands(hearer) if own else stream in STREAMS | ANSWERS


def test_in_the_choreography_everybody_hears_and_nobody_knows_an_address() -> None:
    roles = OWN["choreography-streams"].roles
    assert all(role.hears and not role.calls for role in roles)
    for role in roles:
        reactions = import_module(f"choreography.{role.service}").REACTIONS
        assert len(role.hears) == len(reactions)


def test_in_the_orchestration_one_knows_the_others_and_nobody_hears() -> None:
    roles = OWN["orchestration-http"].roles
    assert [role.service for role in roles if role.calls] == ["orchestrator"]
    assert not any(role.hears for role in roles)
