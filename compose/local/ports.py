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
PORT_MAX = 32_000  # systems hand out ports of their own from 32768 (Linux) or 49152 (macOS) on


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
                " stop the program that listens there, or start the lab with another port base."
            )


def free_base(arms: int) -> int:
    """A base from which a block per arm is free. Two labs that look at the same time look in different places."""
    blocks = list(range(PORT_BASE + 10 * PORTS_PER_ARM, PORT_MAX - arms * PORTS_PER_ARM, arms * PORTS_PER_ARM))
    random.Random(os.getpid()).shuffle(blocks)
    for base in blocks:
        if all(is_free(port) for port in range(base, base + arms * PORTS_PER_ARM)):
            return base
    raise Trouble(f"No {arms * PORTS_PER_ARM} ports in a row are free below {PORT_MAX}: stop some programs.")
