"""The containers of the arms, from their table: a Redis for each arm, and a container for each role."""

from __future__ import annotations

from collections.abc import Iterator

from compose.arm import DOOR, Arm, Role, user_of
from compose.arms import OWN
from compose.docker.container import ALL_ARMS, CORE, CORE_ARMS, PROBE, Entry, Form, health, limits, on_loopback
from compose.docker.emitter import Anchored, Ref
from compose.docker.names import ADMIN, DATA, DOOR_PASSWORD, PASSWORD, PORT, REDIS, REDIS_PORT, TOKEN, USERS, secret
from compose.docker.names import host as name_of

COMMAND = ("python", "-m", "compose.docker")


def shared(form: Form) -> Entry:
    """What the containers of all arms have in common."""
    process = {
        "<<": Ref("ours"),
        "command": [*COMMAND, "process"],
        "deploy": limits(1, "256m", 64),
        "healthcheck": health(form, *PROBE, "http"),
    }
    server = {
        "<<": Ref("ours"),
        "command": [*COMMAND, "redis"],
        "deploy": limits(1, "1g", 64),
        "healthcheck": health(form, *PROBE, "redis"),
    }
    return {"x-process": Anchored("process", process), "x-redis": Anchored("redis", server)}


def containers(form: Form) -> Iterator[tuple[str, Entry]]:
    """Every container of every arm, by name."""
    for number, arm in enumerate(OWN.values()):
        yield name_of(arm.name, REDIS), _server(arm, form.redis_base and form.redis_base + number)
        for role in arm.roles:
            yield name_of(arm.name, role.service), _process(arm, role, form.door_base + number)


def door(form: Form, arm: str) -> str:
    """Where the door of an arm answers on this machine."""
    return f"http://127.0.0.1:{form.door_base + list(OWN).index(arm)}"


def volumes() -> Entry:
    """What outlasts a container: the data of each arm."""
    return {_volume(arm): None for arm in OWN.values()}


def _profiles(arm: Arm) -> list[str]:
    return [*([CORE] if arm.name in CORE_ARMS else []), arm.name, ALL_ARMS]


def _server(arm: Arm, port: int) -> Entry:
    return {
        "<<": Ref("redis"),
        "profiles": _profiles(arm),
        "environment": {"<<": Ref("settings"), "HARMONY_ARM": arm.name},
        "secrets": [_given(arm, ADMIN, PASSWORD), _given(arm, USERS, USERS)],
        "volumes": [f"{_volume(arm)}:{DATA}"],
        **({"ports": on_loopback(port, REDIS_PORT)} if port else {}),
    }


def _process(arm: Arm, role: Role, port: int) -> Entry:
    is_door = role.service == arm.entry
    return {
        "<<": Ref("process"),
        "profiles": _profiles(arm),
        "environment": {"<<": Ref("settings"), "HARMONY_ARM": arm.name, "HARMONY_SERVICE": role.service},
        "secrets": [
            {"source": TOKEN, "target": TOKEN},
            _given(arm, user_of(role), PASSWORD),
            *([_given(arm, DOOR, DOOR_PASSWORD)] if is_door else []),
        ],
        "depends_on": {name_of(arm.name, REDIS): {"condition": "service_healthy"}},
        **({"ports": on_loopback(port, PORT)} if is_door else {}),
    }


def _given(arm: Arm, what: str, target: str) -> Entry:
    return {"source": secret(arm.name, what), "target": target}


def _volume(arm: Arm) -> str:
    return name_of(arm.name, "data")
