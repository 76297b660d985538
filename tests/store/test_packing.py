"""Commands are written to the wire byte for byte as redis-py writes them, only sooner."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import DataError

from common.store.connect import Credentials, connect
from common.store.packing import PackingConnection, PackingUnixConnection


class Whole(int):
    """A whole number, and not an `int` to whoever asks for exactly that."""


COMMANDS: list[tuple[Any, ...]] = [
    ("XADD", "payment:commands", "*", "data", b'{"order":"\xc3\xa4"}', "time", "2026-11-26T00:00:00Z"),
    ("CONFIG GET", "appendfsync"),
    (b"XINFO STREAM", b"a"),
    ("SET", "\N{LATIN SMALL LETTER A WITH DIAERESIS}", 7, "PX", 1.5),
    ("EVALSHA", "0" * 40, 2, "a", "b", b"\x00" * 7_000, ""),
    ("SET", "a", bytearray(b"\r\n")),
    ("SET", "a", Whole(7), "b", Whole(-1)),
    ("SET", "a", memoryview(b"abc")),
    (bytearray(b"CONFIG GET"), "appendfsync"),
    ("CONFIG\N{NO-BREAK SPACE}GET", "a"),
    (b"GET\ta", b"b"),
    (b"",),
    ("",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command[0]))
def test_a_command_is_on_the_wire_as_redis_py_has_it(command: tuple[Any, ...]) -> None:
    ours, theirs = PackingConnection(), Connection()
    assert b"".join(ours.pack_command(*command)) == b"".join(theirs.pack_command(*command))
    assert b"".join(ours.pack_commands([command] * 3)) == b"".join(theirs.pack_commands([command] * 3))


@pytest.mark.parametrize("value", [None, True, [], 1j], ids=str)
def test_what_no_command_can_hold_is_refused_as_redis_py_refuses_it(value: Any) -> None:
    for connection in (PackingConnection(), Connection()):
        with pytest.raises(DataError):
            connection.pack_command("SET", "a", value)


def test_a_number_is_no_command() -> None:
    for connection in (PackingConnection(), Connection()):
        with pytest.raises(TypeError):
            connection.pack_command(7, "a")


async def test_clients_write_like_this_over_sockets_of_either_kind() -> None:
    for url, kind, plain in (
        ("unix:///tmp/none.sock", PackingUnixConnection, UnixDomainSocketConnection),
        ("redis://127.0.0.1:6379/0", PackingConnection, Connection),
    ):
        client = connect(Credentials(url, "user", "password"))
        made = client.connection_pool.make_connection()
        assert isinstance(made, kind)
        assert isinstance(made, plain)
        await client.aclose()


async def test_an_encrypted_connection_stays_redis_pys_own() -> None:
    client = connect(Credentials("rediss://127.0.0.1:6379/0", "user", "password"))
    assert type(client.connection_pool.make_connection()) is SSLConnection
    await client.aclose()
