"""`harmony` from outside, as a user or a script calls it: help, JSON on stdout, sentences on stderr, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer import BadParameter

from benchmarks import history
from benchmarks.commands import burial, crashes, letters, options
from benchmarks.commands.letters import Letter
from benchmarks.commands.nearest import no_such
from compose.arms import ARMS as TABLE
from compose.crashes import crash_points
from compose.local.client import LabClient
from compose.local.ports import free_base

ARMS = ("orchestration-http", "choreography-streams")
COMMANDS = (
    "demo",
    "up",
    "down",
    "status",
    "order",
    "flow",
    "run",
    "report",
    "compare",
    "audit",
    "fault",
    "dlq",
    "doctor",
    "trace",
    "replay",
)
DEAR = ("locust", "gevent", "matplotlib", "scipy", "numpy", "fastapi", "uvicorn", "redis", "httpx", "psutil")
LATEST_S = 60.0
ROOT = Path(__file__).parents[1]
MAIN = "from benchmarks.cli import main; main()"

Harmony = Callable[..., "subprocess.CompletedProcess[str]"]


def told(
    home: Path, *words: str, cwd: Path | None = None, knobs: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `harmony` with a home of its own, and nobody at a terminal."""
    command = [sys.executable, "-c", MAIN, *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HARMONY_")}
    environment |= {"HARMONY_HOME": str(home), "PYTHONPATH": str(ROOT)} | dict(knobs or {})
    return subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=LATEST_S, check=False
    )


@pytest.fixture
def harmony() -> Iterator[Harmony]:
    """`harmony` where no lab runs."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield lambda *words, **kw: told(Path(folder) / "home", *words, **kw)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """For temporary files, with a name so short that sockets fit in."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Where a lab runs that `harmony up` has started, with a second payment."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        home = Path(folder) / "home"
        started = told(home, "up", "--json", "--port-base", "0", "--replicas", "payment=2")
        assert started.returncode == 0, started.stderr
        yield home
        assert told(home, "down").returncode == 0
        assert not (home / "control.sock").exists()


@pytest.fixture(scope="module")
def with_lab(home: Path) -> Harmony:
    """`harmony` beside that lab."""
    return lambda *words, **kw: told(home, *words, **kw)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(harmony: Harmony, command: str) -> None:
    shown = harmony(command, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"harmony {command}" in shown.stdout.partition("Example")[2]


def test_help_names_every_command_and_imports_nothing_dear(harmony: Harmony) -> None:
    shown = harmony("--help")
    assert all(command in shown.stdout for command in COMMANDS)
    code = f"import sys; import benchmarks.cli; print([name for name in {DEAR} if name in sys.modules])"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert imported.stdout.strip() == "[]", "import it inside the function that needs it"


def test_what_is_piped_has_no_colours(harmony: Harmony) -> None:
    assert "\x1b" not in harmony("flow").stdout


def test_no_command_and_an_unknown_command_are_usage(harmony: Harmony) -> None:
    assert harmony("flwo").returncode == 2
    assert harmony().returncode == 2


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("order", "--arms", "choreography-stream"), "choreography-streams"),
        (("order", "--like", "decline"), "declined"),
        (("run", "latncy"), "latency"),
        (("run", "consistency"), "comes with a later version"),
        (("run", "latency", "--replicas", "paymnt=2"), "did you mean payment?"),
        (("demo", "--replicas", "paymnt=2"), "did you mean payment?"),
        (("up", "--replicas", "paymnt=2"), "did you mean payment?"),
        (("order", "--replicas", "payment=6"), "did you mean payment=5?"),
        (("fault", "kil"), "kill"),
        (("dlq", "lst"), "list"),
        (("order", "--redis-url", "nonsense"), "ARM=URL"),
        (("report", "no-such-run"), "runs/latest"),
    ],
)
def test_a_wrong_name_is_usage_and_the_nearest_is_told(harmony: Harmony, words: tuple[str, ...], hint: str) -> None:
    refused = harmony(*words)
    assert refused.returncode == 2, refused.stderr
    assert hint in " ".join(refused.stderr.replace("│", " ").split())
    assert refused.stdout == ""


@pytest.mark.parametrize("words", [("status",), ("audit",), ("fault", "list"), ("dlq", "list")])
def test_without_a_lab_one_sentence_says_how_to_start_one(harmony: Harmony, words: tuple[str, ...]) -> None:
    refused = harmony(*words)
    assert refused.returncode == 3
    assert "harmony up" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "Traceback" not in refused.stderr


def test_down_is_fine_when_nothing_runs(harmony: Harmony) -> None:
    assert harmony("down").returncode == 0


def test_doctor_says_what_it_looked_at(harmony: Harmony, tmp_path: Path) -> None:
    shown = harmony("doctor", "--json", cwd=tmp_path)
    seen = {row["what"]: row for row in json.loads(shown.stdout)["looked_at"]}
    assert {"Python", "libraries", "Redis server", "ports", "cores", "memory"} <= set(seen)
    assert seen["Redis server"]["fit"] is True


def test_flow_draws_both_patterns_from_the_code(harmony: Harmony, tmp_path: Path) -> None:
    drawn = harmony("flow", "--json", "--svg", str(tmp_path / "flow.svg"))
    flows = json.loads(drawn.stdout)
    forward = ["place", "reserve", "charge", "ship", "confirm", "complete"]
    for pattern in ("orchestration", "choreography"):
        assert [line["operation"] for line in flows[pattern]["forward"]] == forward
        back = [line["operation"] for line in flows[pattern]["back"]]
        assert back == ["expire", "recall", "refund", "release", "apologise", "cancel"]
    picture = (tmp_path / "flow.svg").read_text(encoding="utf-8")
    assert all(word in picture for word in ("orchestrator", "InventoryUpdated", "apologise", "</svg>"))


def test_status_has_the_shape_that_scripts_rely_on(with_lab: Harmony) -> None:
    arms = json.loads(with_lab("status", "--json").stdout)["arms"]
    assert set(arms) == set(ARMS)
    for arm in arms.values():
        assert arm["door"].startswith("http://127.0.0.1:")
        assert arm["redis"]
        for process in arm["processes"]:
            assert {"name", "service", "replica", "pid", "url", "state"} <= set(process)


def test_an_audit_without_orders_is_told_in_one_sentence_and_is_no_pass(with_lab: Harmony) -> None:
    audited = with_lab("audit")
    assert audited.returncode == 1
    assert audited.stdout.count("no orders yet in") == 1
    assert "✗" not in audited.stdout
    judged = json.loads(with_lab("audit", "--json").stdout)
    assert judged["ok"] is False
    assert all(arm["orders"] == 0 for arm in judged["arms"].values())


def test_a_second_up_is_refused_in_one_sentence(with_lab: Harmony) -> None:
    refused = with_lab("up")
    assert refused.returncode == 3
    assert "harmony down" in refused.stderr
    assert with_lab("status").returncode == 0


@pytest.mark.parametrize(
    ("like", "status", "reason", "last"),
    [
        ("completed", "completed", None, "OrderCompleted"),
        ("declined", "cancelled", "payment_declined", "OrderCancelled"),
        ("sold-out", "cancelled", "out_of_stock", "OrderCancelled"),
        ("undeliverable", "cancelled", "undeliverable", "OrderCancelled"),
    ],
)
def test_the_same_order_ends_alike_in_both_arms(
    with_lab: Harmony, like: str, status: str, reason: str | None, last: str
) -> None:
    shown = with_lab("order", "--like", like, "--json")
    assert shown.returncode == 0, shown.stderr
    stories: dict[str, Any] = json.loads(shown.stdout)
    assert set(stories) == set(ARMS)
    for story in stories.values():
        assert (story["status"], story["reason"]) == (status, reason)
        assert story["events"][0]["type"] == "OrderPlaced"
        assert story["events"][-1]["type"] == last
        assert 0 < story["accepted_ms"] < story["closed_ms"] + 1000
        assert 0 < story["decided_ms"] <= story["closed_ms"]


def test_the_invariants_hold_after_orders_and_a_kill(with_lab: Harmony) -> None:
    for arm in ARMS:
        killed = with_lab("fault", "kill", "payment-1", "--arm", arm, "--hold", "0.5", "--json")
        assert json.loads(killed.stdout)["process"] == "payment-1"
    assert with_lab("order").returncode == 0
    audit = with_lab("audit", "--json")
    assert audit.returncode == 0, audit.stdout
    judged = json.loads(audit.stdout)
    assert judged["ok"] is True
    for arm in judged["arms"].values():
        assert arm["orders"] > 0
        assert arm["open"] == 0
        assert all(check["ok"] and (check["looked_at"] or _none(check)) for check in arm["invariants"])


def _none(check: Mapping[str, Any]) -> bool:
    """Whether an arm has nothing of what the check is about."""
    return "no journal" in str(check["detail"])


def test_an_audit_under_load_says_that_it_did_not_wait(with_lab: Harmony) -> None:
    with_lab("order")
    judged = json.loads(with_lab("audit", "--now", "--json", "--arms", ARMS[1]).stdout)
    assert list(judged["arms"]) == [ARMS[1]]
    assert all("under load" in check["detail"] for check in judged["arms"][ARMS[1]]["invariants"])


def test_a_fault_wants_an_arm_and_a_process_that_exist(with_lab: Harmony) -> None:
    assert json.loads(with_lab("fault", "list", "--json").stdout).keys() == set(ARMS)
    for words in (("payment-1",), ("--arm", ARMS[0]), ("paymnt-1", "--arm", ARMS[0])):
        assert with_lab("fault", "kill", *words).returncode == 2


def test_crash_points_are_listed_for_every_arm_without_a_lab(harmony: Harmony) -> None:
    told = json.loads(harmony("fault", "points", "--json").stdout)
    assert set(ARMS) <= set(told["arms"])
    for names in told["arms"].values():
        assert "payment-1/commit.after/charge" in names
        assert {name.split("/")[1] for name in names} <= set(told["points"])
    shown = harmony("fault", "points", ARMS[1]).stdout
    assert "committed with its event" in shown
    assert "payment-1/commit.after" in shown
    assert harmony("fault", "points", "orchestration-htp").returncode == 2


def test_a_process_crashes_at_the_point_it_was_told_and_the_order_closes_all_the_same(
    home: Path, with_lab: Harmony
) -> None:
    point = "inventory-1/commit.after/reserve"
    armed = json.loads(with_lab("fault", "crash", ARMS[1], point, "--json").stdout)
    assert (armed["arm"], armed["process"], armed["point"]) == (ARMS[1], "inventory-1", point)
    before = len(_left(home, "inventory-1"))
    assert with_lab("order", "--arms", ARMS[1]).returncode == 0
    assert len(_left(home, "inventory-1")) == before + 1


def _left(home: Path, process: str) -> list[dict[str, Any]]:
    """What the lab's history has about the ends of a process."""
    history = LabClient.connect(home).history()
    return [each for each in history if each["process"] == process and each["event"] == "died"]


def test_an_operation_may_be_made_to_fail_in_every_replica_and_is_mended_again(with_lab: Harmony) -> None:
    failing = json.loads(with_lab("fault", "fail", "refund", "--arm", ARMS[1], "--for", "20", "--json").stdout)
    assert failing["processes"] == [f"payment-1 of {ARMS[1]}", f"payment-2 of {ARMS[1]}"]
    assert "does not" not in with_lab("fault", "slow", "charge", "--delay-ms", "5").stderr
    refused = with_lab("fault", "fail", "refundd")
    assert (refused.returncode, "did you mean refund?" in refused.stderr) == (2, True)
    assert with_lab("fault", "clear").returncode == 0


def test_a_crash_wants_an_arm_and_one_point(with_lab: Harmony) -> None:
    for words, hint in (((ARMS[1],), "ARM and POINT"), ((ARMS[1], "commit.aftr"), "did you mean commit.after")):
        refused = with_lab("fault", "crash", *words)
        assert refused.returncode == 2, refused.stderr
        assert hint in " ".join(refused.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("text", "operation", "hint"),
    [
        ("commit.after", None, "so say which: order-1/commit.after/place"),
        ("paymnt-1/commit.after/charge", None, "did you mean payment-1/commit.after/charge"),
        ("commit.after", "chrge", "did you mean charge"),
        ("commit.after", "open", "did you mean"),
        ("", None, "Crash points are"),
    ],
)
def test_a_crash_point_that_is_none_or_several_is_refused(text: str, operation: str | None, hint: str) -> None:
    with pytest.raises(BadParameter, match=hint):
        crashes.meant(crash_points(TABLE[ARMS[1]]), text, operation)


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("payment-1/commit.after/charge", None),
        ("payment-1/commit.after", "charge"),
        ("commit.after/charge", None),
        ("commit.after", "charge"),
    ],
)
def test_a_crash_point_may_be_named_by_any_part_that_is_clear(text: str, operation: str | None) -> None:
    found = crashes.meant(crash_points(TABLE[ARMS[1]]), text, operation)
    assert found.name == "payment-1/commit.after/charge"


def test_a_held_process_can_be_started_and_one_that_runs_need_not_be(with_lab: Harmony) -> None:
    to_it = ("payment-1", "--arm", ARMS[1])
    assert "until" in with_lab("fault", "kill", *to_it, "--hold", "600").stdout
    refused = with_lab("fault", "pause", *to_it)
    assert refused.returncode == 3
    assert "fault start payment-1" in refused.stderr
    assert with_lab("fault", "start", *to_it).returncode == 0
    assert with_lab("order", "--arms", ARMS[1]).returncode == 0
    assert "nothing was done" in with_lab("fault", "resume", *to_it).stdout
    assert "starts" in with_lab("status").stdout


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("paymnt", "There is no service 'paymnt': did you mean payment? Services are order, payment."),
        ("PAYMENT", "There is no service 'PAYMENT': did you mean payment? Services are order, payment."),
        ("me", "There is no service 'me': did you mean payment? Services are order, payment."),
        ("x", "There is no service 'x'. Services are order, payment."),
        ("", "There is no service ''. Services are order, payment."),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_the_nearest_and_all_that_do(given: str, told: str) -> None:
    assert no_such("service", given, ("order", "payment")) == told


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("paymnt=2", "did you mean payment"),
        ("payment", "SERVICE=N"),
        ("payment=two", "1 to 5 replicas, not 'two'"),
        ("payment=0", "1 to 5 replicas, not '0'"),
        ("payment=-1", "not '-1'"),
        ("payment=6", "did you mean payment=5"),
        ("payment=2,order=1, payment=3", "payment twice"),
        ("orchestrator=2", f"in {ARMS[1]}"),
    ],
)
def test_replicas_that_will_not_do_are_refused_with_what_will(given: str, hint: str) -> None:
    with pytest.raises(BadParameter, match=re.escape(hint)):
        options.replicas([given], (ARMS[1],))


def test_replicas_may_be_told_together_or_one_by_one_and_of_any_chosen_arm() -> None:
    wanted = {"payment": 2, "orchestrator": 5}
    assert options.replicas(["payment=2, orchestrator=5"], ARMS) == wanted
    assert options.replicas(["payment=2", "orchestrator=5"], ARMS) == wanted
    assert options.replicas(None, ARMS) == {}


def test_the_lab_has_the_replicas_it_was_started_with(with_lab: Harmony) -> None:
    for arm in json.loads(with_lab("status", "--json").stdout)["arms"].values():
        replicas = {each["name"] for each in arm["processes"] if each["service"] == "payment"}
        assert replicas == {"payment-1", "payment-2"}


def test_an_order_uses_the_running_lab_only_when_it_has_the_replicas(with_lab: Harmony) -> None:
    assert with_lab("order", "--replicas", "payment=2,shipping=1").stderr.startswith("The way it took: ")
    elsewhere = with_lab("order", "--replicas", "payment=3", "--arms", ARMS[1])
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert "has not payment=3" in elsewhere.stderr
    assert "temporary lab" in elsewhere.stderr


LETTER_ID = "1700000000000-0"
STREAM_LETTER = {
    "stream": "{inventory}:events:InventoryUpdated",
    "entry": "1699999999999-0",
    "reason": "charge fails because it was told to",
    "attempts": "5",
    "original:type": "InventoryUpdated",
    "original:subject": "a" * 32,
    "original:data": '{"order": {"order_id": "a"}}',
}
JOURNAL_LETTER = {"stream": "operation charge", "entry": "b" * 32, "reason": "told to fail", "attempts": "5"}


@pytest.fixture
def buried(home: Path) -> Iterator[None]:
    """A letter of payment in one arm, and one of the orchestrator in the other, as they are written there."""
    written = ((ARMS[1], "{payment}:dead", STREAM_LETTER), (ARMS[0], "{orchestrator}:dead", JOURNAL_LETTER))
    lab = LabClient.connect(home)
    for arm, key, fields in written:
        with history.reading(lab.credentials(arm, "admin")) as redis:
            redis.delete(key)  # with it goes the memory of younger ids
            redis.xadd(key, fields, id=LETTER_ID)
    yield
    for arm, key, _ in written:
        with history.reading(lab.credentials(arm, "admin")) as redis:
            redis.delete(key)


def test_dead_letters_are_listed_with_where_what_when_and_why(with_lab: Harmony, buried: None) -> None:
    listed = json.loads(with_lab("dlq", "list", "--json").stdout)
    (journal,), (stream,) = listed[ARMS[0]], listed[ARMS[1]]
    assert (stream["service"], stream["operation"], stream["order"]) == ("payment", "InventoryUpdated", "a" * 32)
    assert (journal["service"], journal["operation"], journal["order"]) == ("orchestrator", "charge", "b" * 32)
    for letter in (journal, stream):
        assert (letter["id"], letter["attempts"]) == (LETTER_ID, 5)
        assert letter["age_s"] > 0
        assert "told to" in letter["reason"]
    assert [ARMS[1]] == list(json.loads(with_lab("dlq", "--arm", ARMS[1], "--json").stdout))
    shown = with_lab("dlq", "--service", "payment").stdout
    assert LETTER_ID in shown
    assert "InventoryUpdated" in shown
    assert ARMS[0] not in shown


def test_a_dead_letter_is_shown_whole(with_lab: Harmony, buried: None) -> None:
    whole = json.loads(with_lab("dlq", "show", LETTER_ID, "--arm", ARMS[1], "--json").stdout)
    assert whole["fields"] == STREAM_LETTER | {"original:data": {"order": {"order_id": "a"}}}
    shown = with_lab("dlq", "show", LETTER_ID, "--service", "orchestrator").stdout
    assert all(text in shown for text in JOURNAL_LETTER.values())


def test_a_letter_must_be_named_clearly(with_lab: Harmony, buried: None) -> None:
    for words, hint in ((("show", LETTER_ID), "--service"), (("drop", "1700000000000-1"), LETTER_ID)):
        refused = with_lab("dlq", *words)
        assert refused.returncode == 2, refused.stderr
        assert hint in refused.stderr
    found = [A_LETTER]
    assert letters.chosen(found, None, everything=True) == letters.chosen(found, LETTER_ID, everything=False) == found
    for named, everything, hint in ((None, False, "--all"), (LETTER_ID, True, "not both")):
        with pytest.raises(BadParameter, match=hint):
            letters.chosen(found, named, everything)
    with pytest.raises(BadParameter, match="did you mean payment"):
        letters.of_service(found, "paymnt", ["order", "payment"])


@contextmanager
def a_process(status: int, detail: str = "") -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A process of the lab as far as dead letters go: its URL, and what it was asked (method, path, token)."""
    asked: list[tuple[str, str, str]] = []

    class Answering(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append((self.command, self.path, self.headers["Authorization"]))
            body = json.dumps({"title": "Refused", "detail": detail}).encode() if detail else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/problem+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = answer

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


A_LETTER = Letter(ARMS[1], "payment", LETTER_ID, STREAM_LETTER)


@pytest.mark.parametrize(
    ("status", "outcome", "code"), [(204, "done", 0), (404, "gone", 1), (409, "failed", 1), (503, "not asked", 3)]
)
@pytest.mark.parametrize(("what", "asks"), [("replay", ("POST", "/replay")), ("drop", ("DELETE", ""))])
def test_a_letter_is_replayed_or_dropped_by_the_process_that_buried_it(
    what: burial.What, asks: tuple[str, str], status: int, outcome: str, code: int
) -> None:
    with a_process(status, "" if status == 204 else "the card machine is on fire") as (url, asked):
        told = burial.act(what, A_LETTER, [url], "secret")
    assert asked == [(asks[0], f"/dead-letters/{LETTER_ID}{asks[1]}", "Bearer secret")]
    assert (told.outcome, burial.exit_code([told])) == (outcome, code)
    assert told.detail == ("" if status == 204 else "the card machine is on fire")


def test_when_one_process_cannot_be_asked_the_next_one_is() -> None:
    with a_process(503) as (busy, _), a_process(204) as (ready, asked):
        gone = f"http://127.0.0.1:{free_base(1)}"
        assert burial.act("replay", A_LETTER, [gone, busy, ready], "secret").outcome == "done"
        assert len(asked) == 1
    for nobody in ([], [gone]):
        told = burial.act("replay", A_LETTER, nobody, "secret")
        assert (told.outcome, burial.exit_code([told])) == ("not asked", 3)
        assert told.detail


def test_only_processes_that_are_ready_are_asked_about_a_letter() -> None:
    states = (("payment", "ready", "a"), ("payment", "held", "b"), ("order", "ready", "c"), ("payment", "ready", "d"))
    processes = [{"service": service, "state": state, "url": url} for service, state, url in states]
    assert burial.urls({"arms": {ARMS[1]: {"processes": processes}}}, A_LETTER) == ["a", "d"]


def test_a_letter_that_is_replayed_is_done_and_its_order_goes_on(home: Path, with_lab: Harmony) -> None:
    lab, arm = LabClient.connect(home), ARMS[1]
    token = {"Authorization": f"Bearer {lab.token()}"}
    urls = [each["url"] for each in lab.status()["arms"][arm]["processes"] if each["service"] == "payment"]
    for url in urls:
        fault = {"fault": "fail", "operation": "charge", "for_s": 60}
        httpx.post(f"{url}/faults", json=fault, headers=token).raise_for_status()
    door = lab.status()["arms"][arm]["door"]
    body = {"customer_id": "alice", "lines": [{"sku": "sku-0001", "quantity": 1}], "address": "Street 1"}
    order_id = httpx.post(f"{door}/orders", json=body).json()["order_id"]
    give_up = time.monotonic() + 8
    while not (found := letters.letters(lab, [arm])):
        assert time.monotonic() < give_up, "it is not set aside"
        time.sleep(0.05)
    assert (found[0].order, found[0].operation) == (order_id, "InventoryUpdated")
    again = with_lab("dlq", "replay", found[0].id)
    assert (again.returncode, "failed again" in again.stdout) == (1, True)
    for url in urls:
        httpx.delete(f"{url}/faults", headers=token).raise_for_status()
    done = with_lab("dlq", "replay", "--all", "--arm", arm, "--json")
    assert [row["outcome"] for row in json.loads(done.stdout)] == ["done"], done.stdout
    assert letters.letters(lab, [arm]) == []
    while (status := httpx.get(f"{door}/orders/{order_id}").json()["status"]) == "open":
        assert time.monotonic() < give_up + 10
        time.sleep(0.05)
    assert status == "completed"


def test_letters_are_dropped(with_lab: Harmony, buried: None) -> None:
    dropped = json.loads(with_lab("dlq", "drop", "--all", "--service", "payment", "--json").stdout)
    assert [(row["id"], row["outcome"]) for row in dropped] == [(LETTER_ID, "done")]
    assert [len(rows) for rows in json.loads(with_lab("dlq", "--json").stdout).values()] == [1, 0]


def test_no_dead_letters_is_an_answer(with_lab: Harmony) -> None:
    assert json.loads(with_lab("dlq", "--json").stdout) == {arm: [] for arm in ARMS}


def test_ctrl_c_leaves_130_and_nothing_running() -> None:
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        home = Path(folder) / "home"
        environment = os.environ | {"HARMONY_HOME": str(home), "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "up", "--foreground", "--arms", ARMS[1], "--json", "--port-base", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("{")
        give_up = time.monotonic() + LATEST_S
        while not (home / "control.sock").exists():
            assert time.monotonic() < give_up
        process.send_signal(2)
        process.communicate(timeout=LATEST_S)
        assert process.returncode == 130
        assert not home.exists() or not list(home.glob("*.sock"))


@pytest.mark.parametrize(
    ("knob", "value", "hint"),
    [
        ("HARMONY_DEADLINE_S", "soon", "HARMONY_DEADLINE_S"),
        ("HARMONY_REDIS_BINARY", "/no/such/redis", "HARMONY_REDIS_BINARY"),
        ("HARMONY_HOME", "/proc/nowhere", "HARMONY_HOME"),
    ],
)
def test_a_setting_that_will_not_do_is_told_in_one_sentence(harmony: Harmony, knob: str, value: str, hint: str) -> None:
    refused = harmony("up", "--port-base", "0", knobs={knob: value})
    assert refused.returncode == 3
    assert hint in refused.stderr
    assert refused.stderr.count("\n") == 1


def bound(taken: socket.socket) -> int:
    """A port that this socket has: another test may take the one that was found free before we do."""
    while True:
        port = free_base(len(ARMS))
        with suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


def test_a_taken_port_is_told_with_the_way_out(harmony: Harmony) -> None:
    with socket.socket() as taken:
        port = bound(taken)
        taken.listen()
        refused = harmony("up", "--port-base", str(port))
    assert refused.returncode == 3
    assert f"Port {port}" in refused.stderr
    assert "--port-base N" in refused.stderr


@pytest.mark.parametrize("base", ["80", "32700", "99999", "-1"])
def test_a_port_base_without_room_is_usage(harmony: Harmony, base: str) -> None:
    assert harmony("up", "--port-base", base).returncode == 2


def test_a_failure_is_data_too(harmony: Harmony) -> None:
    for words, code in ((("status",), 3), (("run", "nonsense"), 2), (("up", "--port-base", "80"), 2)):
        refused = harmony(*words, "--json")
        assert refused.returncode == code
        error = json.loads(refused.stdout)["error"]
        assert error["exit_code"] == code
        assert error["message"].partition("`")[0] in " ".join(refused.stderr.replace("│", " ").split())


def test_version_and_help_say_version_and_exit_codes(harmony: Harmony) -> None:
    assert re.fullmatch(r"harmony \d+\.\d+\S*\n", harmony("--version").stdout)
    shown = " ".join(harmony("--help").stdout.split())
    assert all(code in shown for code in ("0 fine", "1 an invariant", "2 usage", "3 something", "130 interrupted"))


def test_a_pipe_that_closes_and_a_poor_encoding_are_no_trouble(harmony: Harmony) -> None:
    poor = harmony("flow", knobs={"PYTHONIOENCODING": "ascii"})
    assert (poor.returncode, poor.stderr) == (0, "")
    read, write = os.pipe()
    os.close(read)
    piped = subprocess.run(
        [sys.executable, "-c", MAIN, "flow"], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (piped.returncode, piped.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("command", ["up", "down", "status", "order", "audit"])
def test_a_home_with_too_long_a_name_is_told_alike_everywhere(harmony: Harmony, tmp_path: Path, command: str) -> None:
    refused = harmony(command, knobs={"HARMONY_HOME": str(tmp_path / ("long" * 30))})
    assert refused.returncode == 3
    assert "choose a shorter HARMONY_HOME" in refused.stderr


def test_a_lab_that_cannot_start_leaves_nothing_behind(harmony: Harmony, scratch: Path) -> None:
    for words in (("order",), ("run", "latency"), ("demo",)):
        knobs = {"HARMONY_REDIS_BINARY": "/nonsense", "TMPDIR": str(scratch)}
        refused = harmony(*words, cwd=scratch, knobs=knobs)
        assert refused.returncode == 3
        assert [path for path in scratch.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_a_run_that_is_asked_to_leave_keeps_its_records(tmp_path: Path, scratch: Path, number: signal.Signals) -> None:
    runs = tmp_path / "runs"
    knobs = {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    words = ["run", "blast-radius", "--out", str(runs)]
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], env=os.environ | knobs, stderr=subprocess.PIPE, text=True
    )
    give_up = time.monotonic() + LATEST_S
    while not any(file.stat().st_size for file in runs.glob("*/blocks.ndjson")):
        assert time.monotonic() < give_up
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=LATEST_S)
    assert process.returncode == 128 + number, said
    (folder,) = (path for path in runs.iterdir() if not path.is_symlink())
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["partial"] is True
    assert folder.name in said
    assert list(scratch.iterdir()) == []


def test_a_report_of_records_that_are_missing_is_refused(harmony: Harmony, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    refused = harmony("report", str(tmp_path))
    assert refused.returncode == 1
    assert "cannot be judged" in refused.stderr
    assert "Traceback" not in refused.stderr
