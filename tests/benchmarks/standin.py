"""A door with nothing behind it: takes orders, closes each a moment later, and can stand still for a while."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse
from uuid import uuid4

from pydantic import ValidationError

from common.bodies import OrderBody


@dataclass
class StandIn:
    """What the door has seen. It answers nothing from `stall_after_s` after its first order, for `stall_s`."""

    stall_after_s: float = 1e9
    stall_s: float = 0.0
    loses_one_in: int = 0  # closes none but every so-and-so many-th order: 0 closes all
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    closed: list[dict[str, str]] = field(default_factory=list)
    first_s: float | None = None
    asked_s: list[float] = field(default_factory=list)  # when somebody asked for closings, but for the first word
    waits_s: set[float] = field(default_factory=set)  # how long they would wait
    changed: threading.Condition = field(default_factory=threading.Condition)

    def stand_still(self) -> None:
        """Return when the door is not standing still."""
        if self.first_s is None:
            self.first_s = time.time()
        until = self.first_s + self.stall_after_s + self.stall_s
        if self.first_s + self.stall_after_s <= time.time() < until:
            threading.Event().wait(until - time.time())

    def take(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer a POST of an order, which is closed at once."""
        self.stand_still()
        try:
            order = OrderBody.model_validate_json(body)
        except ValidationError as error:
            return 422, {"title": "Unprocessable", "status": 422, "detail": str(error)}
        if any(line.sku == "no-such-sku" for line in order.lines):
            return 422, {"title": "Unprocessable", "status": 422, "detail": "not in the catalogue"}
        order_id = uuid4().hex
        moment = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        with self.changed:
            self.bodies.append(body)
            if not self.loses_one_in or len(self.bodies) % self.loses_one_in:
                self.closed.append({"order_id": order_id, "status": "completed", "closed_at": moment})
            self.changed.notify_all()
        return 202, {"order_id": order_id, "status": "open"}

    def closings(self, after: str, wait_s: float) -> dict[str, Any]:
        """Answer a GET of closings."""
        with self.changed:
            place = int(after) if after else len(self.closed)
            if after:
                self.asked_s.append(time.monotonic())
                self.waits_s.add(wait_s)
            self.changed.wait_for(lambda: len(self.closed) > place, timeout=wait_s)
            return {"cursor": str(len(self.closed)), "closings": self.closed[place:]}

    def order(self, order_id: str) -> dict[str, Any]:
        """Answer a GET of one order."""
        return next(row for row in self.closed if row["order_id"] == order_id)


@contextmanager
def standing_in(door: StandIn) -> Iterator[StandIn]:
    """The door, listening on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self._answer(*door.take(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            asked = urlparse(self.path)
            if asked.path == "/closings":
                query = parse_qs(asked.query, keep_blank_values=True)
                self._answer(200, door.closings(query["after"][0], float(query["wait"][0])))
            else:
                self._answer(200, door.order(asked.path.rpartition("/")[2]))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        door.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield door
        finally:
            server.shutdown()
            serving.join()
