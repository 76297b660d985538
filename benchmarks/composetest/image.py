"""The image, built as anybody would, from Docker Hub's base, or from one made here of Debian's packages.

Some machines reach no registry of images, and have a configuration of pip's without which nothing can be installed.
That configuration is mounted for one step of the build, and is in no layer.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.composetest.engine import ROOT, Engine, Failed, Missing

NAME = "localhost/harmony-lab:composetest"
OFFICIAL = "docker.io/library/python:3.11-slim"
MADE_HERE = "localhost/harmony-base:bookworm"
PULL_S, MAKE_S, BUILD_S = 90.0, 900.0, 1_800.0
PACKAGES = "python3,python3-venv,ca-certificates"
DROPPED = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
CERTIFICATE = "/run/secrets/ca.crt"  # where the Dockerfile mounts it
PIP = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")


def base(engine: Engine, scratch: Path) -> str:
    """A base image that is at hand, pulled, or made here. Raises Missing."""
    for name in (OFFICIAL, MADE_HERE):
        if engine.does("image", "inspect", name):
            return name
    try:
        engine.ask("pull", OFFICIAL, timeout_s=PULL_S)
    except Failed as unreachable:
        return _made_here(engine, scratch, str(unreachable))
    return OFFICIAL


def build(engine: Engine, base_name: str, scratch: Path) -> None:
    """Build the image. Raises Failed."""
    engine.ask(
        *("build", "--build-arg", f"BASE={base_name}", "--tag", NAME),
        *(() if engine.is_docker else ("--network", "host")),  # it only fetches wheels, and needs no bridge for that
        *("--file", str(ROOT / "compose" / "docker" / "Dockerfile")),
        *_secrets(scratch),
        str(ROOT),
        timeout_s=BUILD_S,
    )


def size_mb(engine: Engine) -> float:
    """How large the image is, layers of its base included."""
    return int(engine.ask("image", "inspect", "--format", "{{.Size}}", NAME)) / 1e6


def _made_here(engine: Engine, scratch: Path, why: str) -> str:
    if not shutil.which("debootstrap") or os.getuid():
        raise Missing(
            f"No base image: {OFFICIAL} cannot be pulled ({why[-300:]}), and making one from Debian's packages needs"
            " root and debootstrap (apt-get install debootstrap)."
        )
    folder = scratch / "base"
    _run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(folder))
    for dropped in DROPPED:
        shutil.rmtree(folder / dropped, ignore_errors=True)
    _run("tar", "--create", "--directory", str(folder), "--file", str(scratch / "base.tar"), ".")
    engine.ask("import", str(scratch / "base.tar"), MADE_HERE, timeout_s=MAKE_S)
    return MADE_HERE


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=MAKE_S, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(argv)} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-1000:]}")


def _secrets(scratch: Path) -> Iterator[str]:
    """What this machine's pip is told, as far as it makes sense inside the build."""
    told = _pip_told()
    lines = [f"{name} = {value}" for name, value in told.items() if name in PIP and not value.startswith("file:")]
    if certificate := told.get("cert"):
        lines.append(f"cert = {CERTIFICATE}")
        yield from ("--secret", f"id=ca.crt,src={certificate}")
    if lines:
        file = scratch / "pip.conf"
        file.write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")
        yield from ("--secret", f"id=pip.conf,src={file}")


def _pip_told() -> dict[str, str]:
    """Option -> value, from pip's files and its environment; the environment, told last, counts."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    told = {}
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        told[name.rpartition(".")[2]] = str(ast.literal_eval(value)).replace("\n", " ")
    return told
