"""What a container of ours may not do, asked of a running one from inside."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.composetest.engine import Failed
from benchmarks.composetest.project import Project
from compose.arms import OWN

USER = "10001"
LOOPBACK = "127.0.0.1"
ZERO = "0000000000000000"
TOOLS = "gcc cc g++ make"


def complaints(project: Project) -> list[str]:
    """What is not as it must be, over all containers of the arms; empty is fine."""
    return [
        f"{container}: {wrong}"
        for arm in project.arms
        for service in ("redis", *(role.service for role in OWN[arm].roles))
        for container in [project.container(arm, service)]
        for wrong in _wrong(project, container, given=_given(arm, service))
    ]


def _given(arm: str, service: str) -> set[str]:
    """The secrets that it should see."""
    if service == "redis":
        return {"password", "users.acl"}
    return {"token", "password"} | ({"door-password"} if service == OWN[arm].entry else set())


def _wrong(project: Project, container: str, given: set[str]) -> Iterator[str]:
    engine = project.engine
    if (user := engine.ask("exec", container, "id", "-u")) != USER:
        yield f"runs as user {user}, not {USER}"
    if engine.does("exec", container, "touch", "/app/new"):
        yield "can write to its image"
    status = engine.ask("exec", container, "cat", "/proc/1/status")
    told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if told["CapEff"].strip() != ZERO or told["CapBnd"].strip() != ZERO:
        yield f"has capabilities: {told['CapEff']} of {told['CapBnd']}"
    if told["NoNewPrivs"].strip() != "1":
        yield "may gain privileges"
    if tools := engine.ask("exec", container, "sh", "-c", f"command -v {TOOLS} || true"):
        yield f"has tools to build with: {tools}"
    if (seen := set(engine.ask("exec", container, "ls", "/run/secrets").split())) != given:
        yield f"sees the secrets {sorted(seen)}, not {sorted(given)}"
    yield from _published(project, container)


def _published(project: Project, container: str) -> Iterator[str]:
    try:
        ports = project.engine.ask("port", container).splitlines()
    except Failed:  # Podman's way to say that there are none
        return
    yield from (f"is reachable from other machines: {port}" for port in ports if LOOPBACK not in port)
