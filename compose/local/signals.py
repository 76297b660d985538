"""Signals to a process of the lab, alone or with everything that it has started."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import psutil


def send_to(pid: int, number: signal.Signals, *, tree: bool) -> None:
    """Signal the process first, so that it starts nothing new; then its group, then descendants that left the group."""
    others = _descendants(pid) if tree else []
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    if tree:
        _send_to_group(pid, number)
    for other in others:
        with suppress(psutil.NoSuchProcess):  # psutil checks that the pid is still the same process
            other.send_signal(number)


def kill_group(pid: int) -> None:
    """Kill what is left of the group that this process, gone by now, was the leader of."""
    _send_to_group(pid, signal.SIGKILL)


def _send_to_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS forbids it when only zombies are left
        os.killpg(leader, number)


def _descendants(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def runs(process: psutil.Process) -> bool:
    """Whether it is alive: neither gone nor a zombie."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def runs_still(pid: int) -> bool:
    """The same of a pid."""
    with suppress(psutil.NoSuchProcess):
        return runs(psutil.Process(pid))
    return False


def name_of(code: int) -> str | None:
    """The signal behind a negative exit code."""
    with suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else None
    return None
