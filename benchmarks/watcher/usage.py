"""What the processes of a lab on this machine use: processor time, memory, open files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psutil

from benchmarks.watcher.metrics import CPU, FILES, MEMORY, Sample, told
from benchmarks.watcher.source import Watched

Life = tuple[int, float]
"""A process of one life: its pid, and when it began."""


class Usage:
    """Looks at the process table once for all arms."""

    def __init__(self) -> None:
        self._used_s: dict[Life, float] = {}

    def begin(self) -> dict[int, list[int]]:
        """Parent -> children, as they are now."""
        children: dict[int, list[int]] = {}
        for process in psutil.process_iter(["ppid"]):
            children.setdefault(process.info["ppid"], []).append(process.pid)
        return children

    def look(self, watched: Watched, children: dict[int, list[int]]) -> Iterator[Sample]:
        """Of each process of the arm that is there. One that has just left is in nobody's figures."""
        for each in watched.processes:
            with suppress(psutil.Error):
                if each.pid is not None:
                    yield from self._of(each.pid, each.name, each.service, children)

    def _of(self, pid: int, name: str, service: str, children: dict[int, list[int]]) -> Iterator[Sample]:
        process = psutil.Process(pid)
        with process.oneshot():
            times, memory, files = process.cpu_times(), process.memory_info().rss, process.num_fds()
            life = pid, process.create_time()
        used_s = times.user + times.system + times.children_user + times.children_system
        for child in _descendants(pid, children):
            with suppress(psutil.Error):
                its = psutil.Process(child)
                used_s += sum(its.cpu_times()[:2])
                memory += its.memory_info().rss
        # the time of a child that has left may be missing for a moment, and no counter goes back
        self._used_s[life] = max(used_s, self._used_s.get(life, 0.0))
        yield told(CPU, name, service, value=self._used_s[life])
        yield told(MEMORY, name, service, value=memory)
        yield told(FILES, name, service, value=files)


def _descendants(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    for child in children.get(pid, ()):
        yield child
        yield from _descendants(child, children)
