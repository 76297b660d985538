"""Asks a process whether it is ready, as cheaply as can be: one line of HTTP over loopback."""

from __future__ import annotations

import asyncio
import time

from compose.local.ports import HOST

ANSWER_TIMEOUT_S = 1.0  # a paused process takes the connection and says nothing
EAGER_S = 2.0  # the whole lab should be ready by then
EAGER_POLL_S, PATIENT_POLL_S = 0.02, 0.25
PATH = "/health/ready"
QUESTION = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


async def until_ready(port: int, path: str = PATH) -> None:
    """Return when the process at this port says that it is ready. Has no limit of its own."""
    began = time.monotonic()
    while not await is_ready(port, path):
        eager = time.monotonic() - began < EAGER_S
        await asyncio.sleep(EAGER_POLL_S if eager else PATIENT_POLL_S)


async def is_ready(port: int, path: str = PATH) -> bool:
    """Whether this path answers 200."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await _status(port, path) == b"200"
    except (OSError, TimeoutError):
        return False


async def _status(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(QUESTION.format(path=path).encode())
        words = (await reader.readline()).split()
    finally:
        writer.close()
    return words[1] if len(words) > 1 else b""
