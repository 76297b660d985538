"""A door that does nothing: it answers every order at once, and says of each that it is closed already.

What an order takes here is what measuring takes: the client, the wire, the rows. No arm can be quicker. It keeps no
record, and is no arm. `python -m benchmarks.calibrate.nothing` prints its address, and ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from compose.local.errors import Trouble

HEAD = "HTTP/1.1 {} \r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
CLOSINGS_MAX = 1_000
END_S = 5.0


class Nothing:
    """What was taken in, in this order: number and time."""

    def __init__(self) -> None:
        self._taken: list[tuple[str, float]] = []
        self._numbers = count()

    def answer(self, method: str, target: str) -> tuple[str, dict[str, Any]]:
        """Status and body."""
        split = urlsplit(target)
        if method == "POST" and split.path == "/orders":
            order_id = f"{next(self._numbers):032x}"
            self._taken.append((order_id, time.time()))
            return "202 Accepted", {"order_id": order_id, "status": "open"}
        if split.path == "/closings":
            after = (parse_qs(split.query).get("after") or [""])[0]
            return "200 OK", self._closings(int(after or len(self._taken)))
        return "404 Not Found", {"title": "there is nothing else here"}

    def _closings(self, after: int) -> dict[str, Any]:
        found = self._taken[after : after + CLOSINGS_MAX]
        rows = [{"order_id": order, "status": "completed", "closed_at": _moment(at)} for order, at in found]
        return {"cursor": str(after + len(found)), "closings": rows}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until its other end leaves."""
        try:
            while line := await reader.readline():
                method, target, _ = line.decode("latin-1").split(" ", 2)
                size = 0
                while (header := await reader.readline()).strip():
                    name, _, value = header.decode("latin-1").partition(":")
                    size = int(value) if name.lower() == "content-length" else size
                await reader.readexactly(size)
                status, body = self.answer(method, target)
                text = json.dumps(body).encode()
                writer.write(HEAD.format(status, len(text)).encode() + text)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # whoever asked is gone, or speaks another language
        finally:
            writer.close()


@contextmanager
def door() -> Iterator[tuple[str, int]]:
    """A door's address and its process, for the length of a `with` block. Raises Trouble when it does not open."""
    command = [sys.executable, "-m", "benchmarks.calibrate.nothing"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                raise Trouble("the door that does nothing did not open")
            yield address, process.pid
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _moment(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds")


async def _main() -> None:
    server = await asyncio.start_server(Nothing().serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # whoever started it is gone
    server.close()


if __name__ == "__main__":
    asyncio.run(_main())
