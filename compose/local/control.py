"""The supervisor's control socket: a line of JSON asks, a line of JSON answers. Only the lab's owner can open it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from compose.local.errors import Trouble
from compose.local.home import Home
from compose.local.lab import Lab

LINE_MAX = 64 * 1024
HOLD_S_MAX = 3_600  # a forgotten fault ends by itself
Answer = Callable[[dict[str, Any]], Any]


class Control:
    """Answers requests `{"do": ..., ...}` with `{"result": ...}` or `{"trouble": sentence}`."""

    def __init__(self, lab: Lab, leave: Callable[[], None]) -> None:
        self._lab = lab
        self._answers: dict[str, Answer] = {
            "status": lambda _: lab.status(),
            "history": lambda _: lab.history(),
            "token": lambda _: lab.token(),
            "credentials": lambda ask: lab.credentials(ask["arm"], ask["user"]),
            "signal": self._signal,
            "stop": lambda _: leave(),
        }

    def _signal(self, ask: dict[str, Any]) -> float:
        keeper = self._lab.keeper(ask["arm"], ask["process"])
        tree, hold_s = bool(ask.get("tree", True)), _hold_s(ask.get("hold_s"))
        acts: dict[str, Callable[[], float]] = {
            "kill": lambda: keeper.kill(hold_s, tree=tree),
            "pause": lambda: keeper.pause(hold_s, tree=tree),
            "resume": lambda: keeper.resume(tree=tree),
            "stop": keeper.stop,
            "start": keeper.start,
        }
        if ask["what"] not in acts:
            raise Trouble(f"There is no signal {ask['what']}: there are {', '.join(acts)}.")
        return acts[ask["what"]]()

    async def serve(self, home: Home) -> asyncio.Server:
        """Listen in the home, which nobody else may enter."""
        home.control.unlink(missing_ok=True)
        _check_length(home.control)
        server = await asyncio.start_unix_server(self._talk, home.control, limit=LINE_MAX)
        home.control.chmod(0o600)
        return server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ValueError):  # gone, or a line over the limit
            while line := await reader.readline():
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            ask = json.loads(line)
            return {"result": self._answers[ask["do"]](ask)}
        except Trouble as trouble:
            return {"trouble": str(trouble)}
        except (KeyError, TypeError, ValueError) as error:
            return {"trouble": f"The request was not understood ({error!r})."}


def _hold_s(asked: Any) -> float | None:
    if asked is None:
        return None
    if isinstance(asked, bool) or not isinstance(asked, int | float) or not 0 <= asked <= HOLD_S_MAX:
        raise Trouble(f"A process can be held for 0 to {HOLD_S_MAX} seconds, not for {asked!r}.")
    return float(asked)


def _check_length(path: Path) -> None:
    from common.store.embedded import SOCKET_PATH_MAX

    if len(os.fsencode(path)) > SOCKET_PATH_MAX:
        raise Trouble(f"The path {path} is too long for a socket: choose a shorter folder with HARMONY_HOME.")
