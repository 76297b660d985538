"""RQ's own forking worker, as RQ gives it out of the box: slower, and as right."""

from __future__ import annotations

import psutil

from benchmarks import checkers, history
from common.settings import Settings
from compose.arms import OWN
from compose.local.client import start_lab
from tests.arms.test_door import KINDS, PATIENT, place

RQ = "orchestration-rq"


def test_a_process_for_each_job_gives_the_same_answers_and_leaves_none_behind() -> None:
    with start_lab([OWN[RQ]], Settings(rq_worker="fork")) as lab:
        told = lab.status()["arms"][RQ]
        worker = psutil.Process(next(each["pid"] for each in told["processes"] if each["service"] == "worker"))
        ends = {reason: place(told["door"], PATIENT, **changes).json() for reason, (changes, _) in KINDS.items()}
        assert {reason: (end["status"], end["reason"]) for reason, end in ends.items()} == {
            reason: ("cancelled", reason) for reason in KINDS
        }
        assert place(told["door"], PATIENT).json()["status"] == "completed"
        snapshot = history.collect(lab.credentials(RQ, "auditor"), RQ)
        assert [
            each for each in checkers.check(snapshot.events, snapshot.state, None, at_rest=True) if not each.ok
        ] == []
        born = worker.children(recursive=True)
    assert not [child for child in born if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
