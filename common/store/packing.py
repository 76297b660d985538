"""How commands are written to Redis: by hiredis, as redis-py's blocking client has it, and its asyncio client has not.

That one joins each argument to all those before it, in Python, which takes four to nine times as long, and with full
batches was a tenth of what an order costs. Every arm and every peer with the lab's store writes its commands like this.
"""

from __future__ import annotations

from typing import Any

import hiredis
from redis import exceptions
from redis.asyncio.connection import AbstractConnection, Connection, UnixDomainSocketConnection


class _Packing(AbstractConnection):
    def pack_command(self, *args: Any) -> list[bytes]:
        """The command on the wire. Raises DataError for an argument that is no text, bytes or number."""
        first, *rest = args
        words = first.split() if isinstance(first, str | bytes) else [first]  # a name of two words is two arguments
        try:
            return [hiredis.pack_command((*words, *rest))]
        except TypeError as error:
            raise exceptions.DataError(f"a command cannot hold this: {error}") from error


class PackingConnection(_Packing, Connection):
    """Over TCP."""


class PackingUnixConnection(_Packing, UnixDomainSocketConnection):
    """Over a Unix socket."""


PACKING: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: PackingConnection,
    UnixDomainSocketConnection: PackingUnixConnection,
}
"""redis-py's kinds of connections -> ours; what is not here stays as it is."""
