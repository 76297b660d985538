"""A Lua script that lies beside the code, called by its hash: loaded the first time, and after a server's restart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

if TYPE_CHECKING:
    from redis.asyncio import Redis


class Script:
    """One script. All its keys must lie in what one rule of the caller's user allows."""

    def __init__(self, package: str, name: str) -> None:
        self.text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()  # Redis' own name for it

    async def call(self, redis: Redis, names: Sequence[str], arguments: Sequence[Any]) -> Any:
        """What the script returns. Raises what redis-py raises."""
        command = ("EVALSHA", self.sha, len(names), *names, *arguments)
        try:
            return await redis.execute_command(*command)
        except NoScriptError:
            await redis.execute_command("SCRIPT", "LOAD", self.text)
            return await redis.execute_command(*command)
