"""The saga as one Celery task over the lab's own HTTP services: six calls in a row, the classic way with `requests`.

The worker runs 16 threads, one session each. Where a step is refused the steps before it are undone, newest first.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import requests
from celery import Celery

FORWARD = (
    ("order", "place", None),
    ("inventory", "reserve", "release"),
    ("payment", "charge", "refund"),
    ("shipping", "ship", "recall"),
    ("notification", "confirm", None),
    ("order", "complete", None),
)
TIMEOUT_S = 5.0

_told = json.loads(os.environ["HARMONY_BENCH_CELERY"])
_threads = threading.local()

app = Celery("saga", broker=_told["broker"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # as durable as the lab: a killed worker's task is taken up again
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


def _session() -> requests.Session:
    if not hasattr(_threads, "session"):
        _threads.session = requests.Session()
        _threads.session.trust_env = False
    session: requests.Session = _threads.session
    return session


def _ask(service: str, operation: str, order: dict[str, Any], reason: str = "") -> dict[str, Any]:
    url = f"{_told['addresses'][service]}/operations/{operation}"
    response = _session().post(url, json={"order": order, "reason": reason}, timeout=TIMEOUT_S)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def saga(order: dict[str, Any]) -> None:
    """One order from place to complete; on a refusal back again."""
    undos: list[tuple[str, str]] = []
    for service, operation, undo in FORWARD:
        answer = _ask(service, operation, order)
        if not answer["accepted"]:
            reason = answer.get("data", {}).get("reason", "")
            for undoer, undoing in (*reversed(undos), ("notification", "apologise"), ("order", "cancel")):
                _ask(undoer, undoing, order, reason)
            return
        if undo:
            undos.append((service, undo))


place_order = app.task(name="saga", autoretry_for=(requests.RequestException,), max_retries=3)(saga)
