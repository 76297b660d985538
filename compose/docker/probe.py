"""Asks whether the process in this container is ready: the health check of every container of ours.

It knows nothing of the lab and imports next to nothing, because it runs all the time beside what is measured.
`python -IS probe.py http` or `python -IS probe.py redis`; 0 when ready, 1 when not.
"""

import socket
import sys
from os.path import exists

ANSWER_TIMEOUT_S = 2.0
HTTP, REDIS, LOCUST = 8000, 6379, 8089
QUESTION = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def ready(what: str) -> bool:
    """Whether it answers as one that is ready does."""
    if what == "redis":
        return exists("/run/harmony/ready") and ask(REDIS, b"PING\r\n").startswith(b"-NOAUTH")
    port, path = (LOCUST, b"/") if what == "locust" else (HTTP, b"/health/ready")
    return is_fine(ask(port, QUESTION % path))


def is_fine(answer: bytes) -> bool:
    """Whether it begins as an answer of HTTP/1.0 or HTTP/1.1 that says 200."""
    return answer[8:13] == b" 200 "


def ask(port: int, question: bytes) -> bytes:
    """How the answer begins; nothing when there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S) as asking:
            asking.sendall(question)
            return asking.recv(64)
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(0 if ready(sys.argv[1]) else 1)
