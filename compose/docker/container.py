"""What all containers have in common, as data for the compose file: how they are confined, checked and limited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common.settings import Settings
from compose.docker.emitter import Anchored, Ref
from compose.docker.names import SCRATCH

Entry = dict[str, Any]

IMAGE = "harmony-lab:local"
ALL_ARMS = "all-arms"
CORE, OBSERVABILITY, LOAD = "core", "observability", "load"
PROFILES = (CORE, ALL_ARMS, OBSERVABILITY, LOAD)  # and the name of each arm
CORE_ARMS = ("orchestration-http", "choreography-streams")
TEMPO_ENDPOINT = "http://tempo:4318"
PROBE = ("CMD", "python", "-IS", "/app/compose/docker/probe.py")


@dataclass(frozen=True, slots=True)
class Form:
    """What may differ from one writing of the file to another; the defaults are the committed file's."""

    image: str = IMAGE
    page: int = 8089  # the port of Locust's page
    door_base: int = 18_001  # the ports on the loopback where the doors answer, in the order of the arms
    redis_base: int = 0  # the same for the Redis servers; 0 publishes none
    eager: bool = True  # health checks more often while starting: older engines do not know how


def common(form: Form) -> Entry:
    """How every container is confined, and where ours come from."""
    confined = {
        "restart": "unless-stopped",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "stop_grace_period": "10s",
        "tmpfs": [f"{SCRATCH}:size=64m,mode=1777"],
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    }
    ours = {
        "<<": Ref("confined"),
        "image": form.image,
        "build": {"context": "../..", "dockerfile": "compose/docker/Dockerfile"},
    }
    return {"x-confined": Anchored("confined", confined), "x-ours": Anchored("ours", ours)}


def settings() -> Entry:
    """The knobs, handed through to every process from the shell or `.env`, and alike for all arms."""
    knobs = {f"HARMONY_{name.upper()}": None for name in Settings.model_fields}
    endpoint = f"${{HARMONY_OTLP_ENDPOINT-{TEMPO_ENDPOINT}}}"  # without Tempo, one warning and no traces
    return {"x-settings": Anchored("settings", {**knobs, "HARMONY_OTLP_ENDPOINT": endpoint})}


def limits(cpus: float, memory: str, pids: int) -> Entry:
    """The most that a container may take."""
    return {"resources": {"limits": {"cpus": f"{cpus:g}", "memory": memory, "pids": pids}}}


def health(form: Form, *test: str) -> Entry:
    """How its health is asked about. Seldom once it is up: each question starts a program beside what is measured."""
    eagerly = {"start_interval": "500ms"} if form.eager else {}
    timing = {"interval": "15s", "timeout": "3s", "retries": 3, "start_period": "60s"}
    return {"test": list(test), **timing, **eagerly}


def on_loopback(port: int, inside: int) -> list[str]:
    """Published to this machine alone."""
    return [f"127.0.0.1:{port}:{inside}"]
