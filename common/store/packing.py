"""How commands are written to Redis: by hiredis, as redis-py's blocking client has it, and its asyncio client has not.

That one joins each argument to all those before it, in Python, which takes four to nine times as long, and with full
batches was a tenth of what an order costs. Whoever connects by `connect` writes its commands like this, and every arm
does. What hiredis does not take is left to redis-py. A memoryview must have no gaps: neither of them writes it rightly.
"""

from __future__ import annotations

from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection, Connection, UnixDomainSocketConnection


class _Packing(AbstractConnection):
    def pack_command(self, *args: Any) -> list[bytes]:
        """The command on the wire. Raises DataError for an argument that is no text, bytes or number, TypeError for a
        first one that is a number."""
        first, rest = args[0], args[1:]  # a name of two words is two arguments, parted where redis-py parts it
        if isinstance(first, str):
            args = (*first.encode().split(), *rest)
        elif b" " in first:
            args = (*first.split(), *rest)
        try:
            return [hiredis.pack_command(args)]
        except TypeError:  # such as a bytearray, or what nobody can write
            packed: list[bytes] = super().pack_command(*args)
            return packed


class PackingConnection(_Packing, Connection):
    """Over TCP."""


class PackingUnixConnection(_Packing, UnixDomainSocketConnection):
    """Over a Unix socket."""


PACKING: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: PackingConnection,
    UnixDomainSocketConnection: PackingUnixConnection,
}
"""redis-py's kinds of connections -> ours; what is not here stays as it is."""
