"""Which ports a lab may use, and whether they are free."""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Iterable

from compose.arm import PORTS_PER_ARM
from compose.local.errors import Trouble

HOST = "127.0.0.1"
PORT_BASE = 18_100
PORT_MAX = 32_000  # where our own search ends
PORT_LEAST, PORT_LAST = 1_024, 32_767  # below: administrators' only; above: handed out by Linux to whoever connects


def ports_of(base: int, arms: int) -> range:
    """The ports of so many arms, a block each."""
    return range(base, base + arms * PORTS_PER_ARM)


def is_free(port: int) -> bool:
    """Whether nobody listens there. Connections that are still closing do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def check_free(wanted: Iterable[tuple[int, str]]) -> None:
    """Raises Trouble for the first port (wanted for whom) that somebody listens on."""
    for port, whom in wanted:
        if not is_free(port):
            raise Trouble(
                f"Port {port} on {HOST}, wanted for {whom}, is taken:"
                " stop the program that listens there, or choose other ports:"
                " `harmony up --port-base N` (0 finds free ones)."
            )


def free_base(arms: int) -> int:
    """A base from which a block per arm is free. Two labs that look at the same time look in different places."""
    blocks = list(range(PORT_BASE + 10 * PORTS_PER_ARM, PORT_MAX - arms * PORTS_PER_ARM, arms * PORTS_PER_ARM))
    random.Random(os.getpid()).shuffle(blocks)
    for base in blocks:
        if all(is_free(port) for port in ports_of(base, arms)):
            return base
    raise Trouble(f"No {arms * PORTS_PER_ARM} ports in a row are free below {PORT_MAX}: stop some programs.")
