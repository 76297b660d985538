"""Processes of the tests' own: they serve /health/ready and nothing else, or fail to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common.process import ProcessSpec


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(spec: ProcessSpec) -> None:
    """Ready at once; leaves on SIGTERM, and when its parent is gone."""
    server = ThreadingHTTPServer((spec.host, spec.port), Ready)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"{spec.name} serves", flush=True)
    threading.Thread(target=leave_with, args=(os.getppid(),), daemon=True).start()
    server.serve_forever()


def serve_with_a_child(spec: ProcessSpec) -> None:
    """As `serve`, and has started a process itself."""
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    serve(spec)


def serve_stubbornly(spec: ProcessSpec) -> None:
    """Does not leave when asked to."""
    server = ThreadingHTTPServer((spec.host, spec.port), Ready)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server.serve_forever()


def fail(spec: ProcessSpec) -> None:
    """Leaves as soon as it is started."""
    sys.exit(f"{spec.name} will not")


def leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.1)
    os._exit(1)
