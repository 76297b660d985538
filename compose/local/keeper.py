"""Keeps one process alive: starts it, learns when it is ready, and when it has left starts it again after a pause.

How long the pause is says `restarts`; what a process is and how it gets ready says its `Body`.
"""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress

from compose.local import restarts
from compose.local.body import Absence, Body, Note, Running
from compose.local.errors import Trouble
from compose.local.pids import Pids
from compose.local.signals import kill_group, name_of, runs_still, send_to

STOP_S = 3.0  # for an orderly end; services promise two
TROUBLE_POLL_S = 1.0
SWEEP_LOOKS, SWEEP_LOOK_S = 100, 0.01  # what was killed is gone long before


class Keeper:
    """One process through all its lives."""

    def __init__(self, body: Body, first_delay_s: float, pids: Pids, note: Note, label: str) -> None:
        self._body = body
        self._first_delay_s = first_delay_s
        self._pids = pids
        self._note = note
        self._label = label
        self._running: Running | None = None
        self._absence = Absence("down", None)
        self._asked: Absence | None = None  # what shall follow the end that was asked for
        self._start_now = asyncio.Event()
        self._ready = self._paused = self._ending = False
        self._sweeps = True
        self._crashes = 0
        self.starts = 0
        self.trouble: str | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start it for the first time."""
        self._task = asyncio.create_task(self._keep())

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    @property
    def state(self) -> str:
        """starting, ready, paused, stopping, down, held, stopped or crash-looping."""
        if self._running is None:
            return self._absence.state
        if self._asked is not None:
            return "stopping"
        if self._paused:
            return "paused"
        if self._ready:
            return "ready"
        return "crash-looping" if restarts.is_looping(self._crashes) else "starting"

    async def _keep(self) -> None:
        while not self._ending:
            self._start_now.clear()
            began = time.monotonic()
            await self._live()
            if not self._ending:
                self._absence = self._asked or self._after_crash(time.monotonic() - began)
                self._asked = None
                self._note("waiting", state=self._absence.state, lasts_s=self._absence.lasts_s)
                await self._rest(self._absence)

    async def _live(self) -> None:
        try:
            running = self._body.start()
        except (OSError, EOFError) as error:  # no fork server at this moment, no memory
            self._note("not-started", why=str(error))
            return
        self._running = running
        self.starts += 1
        self._pids.add(running.pid, self._label)
        self._note("started", pid=running.pid)
        readying = asyncio.create_task(self._become_ready(running.pid))
        code = await running.gone()
        self._note("died", pid=running.pid, code=code if code >= 0 else None, signal=name_of(code))
        readying.cancel()
        self._running = None
        self._ready = self._paused = False
        await self._sweep(running.pid)
        self._pids.remove(running.pid)

    async def _become_ready(self, pid: int) -> None:
        while not self._ready:
            try:
                await self._body.ready()
                self._ready, self.trouble = True, None
            except Trouble as trouble:
                self.trouble = str(trouble)
                await asyncio.sleep(TROUBLE_POLL_S)
        self._note("ready", pid=pid)

    def _after_crash(self, lived_s: float) -> Absence:
        self._crashes = restarts.in_a_row(self._crashes, lived_s)
        state = "crash-looping" if restarts.is_looping(self._crashes) else "down"
        return Absence(state, restarts.delay_s(self._crashes, self._first_delay_s))

    async def _rest(self, absence: Absence) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(absence.lasts_s):
                await self._start_now.wait()

    async def _sweep(self, pid: int) -> None:
        """Nothing of the old life may hold the port or the keys of the new one."""
        if self._sweeps:
            kill_group(pid)
        self._sweeps = True
        for _ in range(SWEEP_LOOKS):
            if not runs_still(pid):  # it may, when its parent, the fork server, died first
                return
            await asyncio.sleep(SWEEP_LOOK_S)

    def kill(self, hold_s: float | None, *, tree: bool) -> float:
        """SIGKILL; it is started again after `hold_s`, or after the usual delay. Returns the time in epoch ms."""
        pid = self._alive()
        self._asked = Absence("down", self._first_delay_s) if hold_s is None else Absence("held", hold_s)
        self._sweeps = tree
        at_ms = self._note("killed", pid=pid, hold_s=hold_s)
        send_to(pid, signal.SIGKILL, tree=tree)
        return at_ms

    def pause(self, hold_s: float | None, *, tree: bool) -> float:
        """SIGSTOP; with `hold_s` it goes on by itself after that time."""
        pid = self._alive()
        at_ms = self._note("paused", pid=pid, hold_s=hold_s)
        send_to(pid, signal.SIGSTOP, tree=tree)
        self._paused = True
        if hold_s is not None:
            asyncio.get_running_loop().call_later(hold_s, self._go_on, pid, tree)
        return at_ms

    def resume(self, *, tree: bool) -> float:
        """SIGCONT."""
        return self._go_on(self._alive(), tree)

    def _go_on(self, pid: int, tree: bool) -> float:
        if pid != self.pid or not self._paused:  # it has been killed or resumed meanwhile
            return time.time() * 1000
        send_to(pid, signal.SIGCONT, tree=tree)
        self._paused = False
        return self._note("resumed", pid=pid)

    def stop(self) -> float:
        """SIGTERM; it stays down until it is started."""
        pid = self._alive()
        self._asked = Absence("stopped", None)
        at_ms = self._note("stopped", pid=pid)
        self._ask_to_leave(pid)
        asyncio.get_running_loop().call_later(STOP_S, self._make_leave, pid)
        return at_ms

    def start(self) -> float:
        """End its absence now. One that runs goes on running."""
        if self._running is None or self._asked is not None:
            self._start_now.set()
        return time.time() * 1000

    async def end(self) -> None:
        """An orderly end, for good."""
        if self._task is None:
            return
        self._ending = True
        self._start_now.set()
        if self._running is not None:
            self._ask_to_leave(self._running.pid)
        _, late = await asyncio.wait({self._task}, timeout=STOP_S)
        if late and self._running is not None:
            self._make_leave(self._running.pid)
        await self._task

    def _ask_to_leave(self, pid: int) -> None:
        send_to(pid, signal.SIGTERM, tree=False)
        send_to(pid, signal.SIGCONT, tree=True)  # a paused one could not

    def _make_leave(self, pid: int) -> None:
        if pid == self.pid:
            send_to(pid, signal.SIGKILL, tree=True)

    def _alive(self) -> int:
        if self._running is None:
            raise Trouble(f"{self._label} is not running ({self.state}): start it first.")
        return self._running.pid
