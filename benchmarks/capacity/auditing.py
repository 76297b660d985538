"""Each lab audited before it ends: it comes to rest, and the invariants hold over every order that it was given.

The findings are the records: the events behind them would be hundreds of megabytes, and end with their lab. The arms
are audited side by side in processes of their own, for nothing is measured any more: this module, run by its name, is
such a process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks import checkers, history
from benchmarks.checkers import Check
from benchmarks.history import Unreadable
from benchmarks.rows import Row, read_rows
from common.store.connect import Credentials
from compose.local.client import LabClient

FILE = "checks.ndjson"
MARGIN_S = 5.0  # after the deadline: by then every accepted order must be closed
REST_LOOK_S = 0.1


def audited(lab: LabClient, name: str, arms: Iterable[str], orders: Path, deadline_s: float) -> Iterator[Row]:
    """The checks of every arm, as rows; `orders`: the file of all that were asked. Raises Unreadable, Trouble."""
    with ExitStack() as stack:
        looking = {
            arm: stack.enter_context(
                _looking([arm, name, str(orders.absolute()), str(deadline_s)], lab.credentials(arm, "auditor"))
            )
            for arm in arms
        }
        for arm, process in looking.items():
            said, _ = process.communicate()
            if process.returncode:
                raise Unreadable(said.strip() or f"the process that audited {arm} was killed")
            yield from (json.loads(line) | {"arm": arm, "lab": name} for line in said.splitlines())


@contextmanager
def _looking(words: Sequence[str], auditor: Credentials) -> Iterator[subprocess.Popen[str]]:
    """One arm's audit under way; the password goes where no list of processes shows it."""
    command = [sys.executable, "-m", "benchmarks.capacity.auditing", *words]
    root, pipe = Path(__file__).parents[2], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root, start_new_session=True) as process:
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps(asdict(auditor)) + "\n")
                process.stdin.flush()
            yield process
        finally:
            process.kill()


def checked(auditor: Credentials, arm: str, rows: Sequence[Row], deadline_s: float) -> list[Row]:
    """One arm's. Raises Unreadable."""
    rested = _rests(auditor, deadline_s)
    snapshot = history.collect(auditor, arm)
    # None: an overload is nothing broken, and yet the reason why orders are late
    found = [_came_to_rest(rested, rows), *checkers.check(snapshot.events, snapshot.state, rows, True, None)]
    return [each.as_row() for each in found]


def _rests(auditor: Credentials, deadline_s: float) -> bool:
    until = time.monotonic() + deadline_s + MARGIN_S
    while history.open_orders(auditor):
        if time.monotonic() > until:
            return False
        time.sleep(REST_LOOK_S)
    return True


def _came_to_rest(rested: bool, rows: Sequence[Row]) -> Check:
    told = "nothing was open when the lab was audited" if rested else "orders were open long after their deadline"
    return Check("came_to_rest", rested, sum(1 for row in rows if row.get("order_id")), told)


def main(arm: str, name: str, orders: str, deadline_s: str) -> int:
    """Print a check a line; or one sentence, and 1."""
    auditor = Credentials(**json.loads(sys.stdin.readline()))
    rows = [row for row in read_rows(Path(orders)) if (row["arm"], row["lab"]) == (arm, name)]
    try:
        found = checked(auditor, arm, rows, float(deadline_s))
    except Unreadable as error:
        print(error)
        return 1
    print("\n".join(map(json.dumps, found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
