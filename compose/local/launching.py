"""Starts a supervisor in the background and waits until its lab is ready."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from contextlib import suppress

from compose.local.errors import Trouble
from compose.local.plan import Plan

READY_TIMEOUT_S = 40.0  # the supervisor gives up after 30 s and then stops what it has started
STOP_TIMEOUT_S = 10.0


def launch(plan: Plan) -> subprocess.Popen[bytes]:
    """A supervisor with a ready lab. Raises Trouble with the supervisor's sentence; then nothing is left running."""
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "compose.local"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C at the terminal is for us, and we stop it in order
    )
    try:
        _tell(supervisor, plan)
        trouble = _told(supervisor, plan)
    except BaseException:
        end(supervisor)
        raise
    if trouble is not None:
        end(supervisor)
        raise Trouble(trouble)
    if not plan.bound and supervisor.stdin is not None:
        supervisor.stdin.close()
    return supervisor


def _tell(supervisor: subprocess.Popen[bytes], plan: Plan) -> None:
    if supervisor.stdin is not None:
        with suppress(BrokenPipeError):  # it left at once: what it said is read next
            supervisor.stdin.write(plan.encode())
            supervisor.stdin.flush()


def _told(supervisor: subprocess.Popen[bytes], plan: Plan) -> str | None:
    if supervisor.stdout is None or supervisor.stderr is None:
        return "The supervisor cannot be heard."
    if not select.select([supervisor.stdout], [], [], READY_TIMEOUT_S)[0]:
        return f"The lab is not ready after {READY_TIMEOUT_S:.0f} s: the logs in {plan.logs} may say why."
    with supervisor.stdout as said, supervisor.stderr as complaint:
        line = said.readline()
        if line:
            told: str | None = json.loads(line)["trouble"]
            return told
        last = complaint.read().decode("utf-8", "replace").strip().splitlines()[-1:] or [f"see {plan.logs}"]
    return f"The supervisor left while it was starting: {last[0]}"


def end(supervisor: subprocess.Popen[bytes]) -> None:
    """Have it stop everything and leave; else make it leave, and its watcher kills what it had started."""
    supervisor.terminate()
    try:
        supervisor.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
