"""By how much a sleep is longer than it was asked to be, on this machine while the load runs.

A service that is to be 5 ms slower sleeps for 5 ms in its event loop, and wakes later. So the truth that an instrument
must find is the delay with this overshoot. `python -m benchmarks.calibrate.timer 5` sleeps so many milliseconds again
and again until its input ends, in the services' kind of event loop, and prints the overshoots as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvloop

GAP_S = 0.05  # between two sleeps: the machine is the arms'
END_S = 5.0


@contextmanager
def overshoots(delay_ms: float) -> Iterator[list[float]]:
    """A list that holds the overshoots (ms) when the `with` block has been left; empty when nobody could tell."""
    found: list[float] = []
    command = [sys.executable, "-m", "benchmarks.calibrate.timer", f"{delay_ms:g}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield found
        finally:
            with suppress(ValueError, subprocess.TimeoutExpired):
                said, _ = process.communicate(timeout=END_S)
                found += json.loads(said)
            process.kill()


async def _measured(delay_ms: float) -> list[float]:
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    found = []
    while not over.done():
        began = time.perf_counter()
        await asyncio.sleep(delay_ms / 1000)
        found.append(round((time.perf_counter() - began) * 1000 - delay_ms, 4))
        await asyncio.sleep(GAP_S)
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(_measured(float(sys.argv[1])))))
