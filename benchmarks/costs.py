"""What a block costs: CPU time and memory of every process of an arm, read from the operating system.

Who the processes are is told by whoever started them, through a small JSON file that is read again and
again, because a process that is killed comes back under another pid. The load generator is nobody's process
and is not counted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LOOK_S = 0.25  # between two looks: what a killed process used after the last look before its end is lost

Being = tuple[str, int]
"""A process of one life: its name and its pid."""


@dataclass(slots=True)
class Meter:
    """CPU time of one arm's processes between `start` and `stop`. `status` is a file shaped as `harmony
    status --json`; `expected` are the names without which the sum would be too small.
    """

    arm: str
    status: Path | None
    expected: Sequence[str] = ()
    _since_s: float = 0.0
    _first_ms: dict[Being, float] = field(default_factory=dict)
    _last_ms: dict[Being, float] = field(default_factory=dict)

    def start(self) -> None:
        """Remember what has been used so far."""
        self._since_s, self._first_ms = _now_s(), {}
        self.look()
        self._first_ms = dict(self._last_ms)

    def look(self) -> None:
        """Look again, so that little is lost of a process that is about to be killed."""
        for being, used_ms in self._now().items():
            self._last_ms[being] = used_ms
            if being not in self._first_ms:
                self._first_ms[being] = 0.0 if _born_s(being[1]) >= self._since_s else used_ms

    def stop(self) -> dict[str, float | None]:
        """Milliseconds of CPU per process name since `start`, all its lives together; None when nobody
        could see it, such as the server of somebody else.

        A process born in between counts from its birth: starting again is part of the price of a crash.
        """
        self.look()
        used: dict[str, float | None] = dict.fromkeys((*self.expected, *self._pids()))
        for (name, pid), last_ms in self._last_ms.items():
            used[name] = (used.get(name) or 0.0) + last_ms - self._first_ms[name, pid]
        used |= {name: None for name, pid in self._pids().items() if (name, pid) not in self._last_ms}
        return {name: None if ms is None else round(ms, 3) for name, ms in used.items()}

    def memory_mib(self) -> float | None:
        """Proportional set size of all processes together; None when one of them cannot be seen."""
        pids = self._pids()
        if not set(self.expected) <= set(pids):
            return None
        try:
            sizes = [psutil.Process(pid).memory_full_info().pss for pid in pids.values()]
        except (psutil.Error, AttributeError):  # gone, or not ours; only Linux knows proportional sizes
            return None
        return round(sum(sizes) / 2**20, 1) if sizes else None

    def _now(self) -> dict[Being, float]:
        seen = ((being, cpu_ms(being[1])) for being in self._pids().items())
        return {being: used for being, used in seen if used is not None}

    def _pids(self) -> dict[str, int]:
        """Process name -> pid, as far as known at this moment."""
        if self.status is None:
            return {}
        try:
            arm = json.loads(self.status.read_text(encoding="utf-8"))["arms"][self.arm]
        except (OSError, ValueError, KeyError):
            return {}
        return {process["name"]: process["pid"] for process in arm["processes"] if process.get("pid")}


def cpu_ms(pid: int) -> float | None:
    """User and system time that a process and its children have used since it began; None when it is gone."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        born_of_it = sum(_own_ms(child) for child in _descendants(process))
        buried = (times.children_user + times.children_system) * 1000
        return _own_ms(process) + born_of_it + buried
    except (psutil.Error, OSError):
        return None


def _descendants(process: psutil.Process) -> Iterator[psutil.Process]:
    """All that it has started, and they. Linux tells it thread by thread; elsewhere psutil reads the table of all
    processes, which takes milliseconds for each process looked at, and whoever looks sends no order meanwhile."""
    threads = f"/proc/{process.pid}/task"
    if not os.path.exists(f"{threads}/{process.pid}/children"):
        yield from process.children(recursive=True)
        return
    for thread in os.listdir(threads):
        with suppress(OSError, psutil.Error):  # it has just ended
            for child in _read(f"{threads}/{thread}/children").split():
                born = psutil.Process(int(child))
                yield born
                yield from _descendants(born)


def _read(file: str) -> str:
    with open(file, encoding="ascii") as opened:
        return opened.read()


def _now_s() -> float:
    """The time by which births are told: since boot on Linux, where the wall clock's time of boot is a rounded one, and
    a process may seem born up to a second before its time."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.time()


def _born_s(pid: int) -> float:
    try:
        born_s = float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0
    return born_s - psutil.boot_time() if sys.platform == "linux" else born_s


def _own_ms(process: psutil.Process) -> float:
    if sys.platform == "linux":
        # The process's CPU clock, see clock_getcpuclockid(3): nanoseconds, where /proc counts in ticks of
        # 10 ms, which is a tenth of what a service uses in a block of a second.
        return time.clock_gettime((~process.pid << 3) | 2) * 1000
    times = process.cpu_times()
    return float(times.user + times.system) * 1000
