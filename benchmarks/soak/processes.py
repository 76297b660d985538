"""What an arm's processes hold, read from the operating system: memory, open files, sockets, threads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks.soak.sizes import Values

MIB = 2**20
MEASURES = ("rss_mib", "pss_mib", "files", "connections", "threads")

Children = Mapping[int, Sequence[int]]
"""Parent -> the processes that it has started."""


def children() -> Children:
    """As they are now; the process table is read once for all arms."""
    found: dict[int, list[int]] = {}
    for process in psutil.process_iter(["ppid"]):
        found.setdefault(process.info["ppid"], []).append(process.pid)
    return found


def look(processes: Sequence[Mapping[str, Any]], born: Children) -> tuple[Values, dict[str, int]]:
    """Measure -> process -> how much, the processes that it started included; and who has which pid.

    One that cannot be seen, such as the server of somebody else, is left out.
    """
    values: Values = {measure: {} for measure in MEASURES}
    lives: dict[str, int] = {}
    for each in processes:
        if each.get("pid"):
            with suppress(psutil.Error, OSError):
                for measure, amount in _family(int(each["pid"]), born).items():
                    values[measure][str(each["name"])] = amount
                lives[str(each["name"])] = int(each["pid"])
    return {measure: of for measure, of in values.items() if of}, lives


def _family(pid: int, born: Children) -> dict[str, float]:
    total = _one(pid)
    for child in _descendants(pid, born):
        with suppress(psutil.Error, OSError):  # it has just left
            its = _one(child)
            total = {measure: amount + its.get(measure, 0.0) for measure, amount in total.items()}
    return {measure: round(amount, 3) for measure, amount in total.items()}


def _descendants(pid: int, born: Children) -> Iterator[int]:
    for child in born.get(pid, ()):
        yield child
        yield from _descendants(child, born)


def _one(pid: int) -> dict[str, float]:
    process = psutil.Process(pid)
    with process.oneshot():
        memory = process.memory_full_info()
        seen = {
            "rss_mib": memory.rss / MIB,
            "files": float(process.num_fds()),
            "connections": float(_sockets(process)),
            "threads": float(process.num_threads()),
        }
    proportional = getattr(memory, "pss", None)  # only Linux knows it
    return seen if proportional is None else seen | {"pss_mib": proportional / MIB}


def _sockets(process: psutil.Process) -> int:
    """Connections and listening sockets, those to a store on this machine too.

    On Linux they are counted among the open files: psutil reads the whole machine's table of connections for each
    process, and so many looks would be a load of their own.
    """
    files = Path(f"/proc/{process.pid}/fd")
    if not files.is_dir():
        return len(process.net_connections(kind="all"))
    count = 0
    for file in os.scandir(files):
        with suppress(FileNotFoundError):  # closed meanwhile
            count += os.readlink(file.path).startswith("socket:")
    return count
