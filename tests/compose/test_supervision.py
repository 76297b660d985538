"""The supervisor under every kind of mishap, with processes of the tests' own in place of an arm's."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from common.settings import Settings
from common.store.embedded import connect_once
from compose.arm import Arm, Role
from compose.local.client import LabClient, NoLab, launch_lab, start_lab
from compose.local.errors import Trouble
from compose.local.ports import HOST, free_base

# "always": under "everysec" a server may hold back what it has acknowledged while a slow disk still syncs
SETTINGS = Settings(restart_delay_s=0.1, skus=3, appendfsync="always")
PATIENCE_S = 15.0  # how long a condition may take on a busy machine; nothing here needs a second on an idle one


def arm(main: str = "serve", name: str = "tiny") -> Arm:
    """Two processes: `order-1`, the entry, which serves; and `payment-1`, with the main that a test wants to see."""
    roles = (Role("order", "tests.compose.tiny:serve"), Role("payment", f"tests.compose.tiny:{main}"))
    return Arm(name, "a pattern", "a transport", "order", roles, door_reads=("{order}:order:*",))


@pytest.fixture
def home() -> Iterator[Path]:
    """Short, unlike pytest's own: a socket's path is limited."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield Path(folder) / "home"


@pytest.fixture(scope="module")
def calm() -> Iterator[LabClient]:
    """A lab for all tests that do it no harm."""
    with start_lab([arm("serve_with_a_child")], SETTINGS) as running:
        yield running


@pytest.fixture
def lab(home: Path) -> Iterator[LabClient]:
    with start_lab([arm("serve_with_a_child")], SETTINGS, home) as running:
        yield running


def until(what: Callable[[], Any]) -> Any:
    """What this returns as soon as it is true."""
    give_up = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < give_up, f"this did not come true within {PATIENCE_S} s"
        time.sleep(0.01)
    return found


def row(lab: LabClient, process: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = lab.status()["arms"]["tiny"]["processes"]
    return next(each for each in rows if each["name"] == process)


def ready_again(lab: LabClient, process: str, before: int) -> dict[str, Any]:
    """The process in its next life."""
    until(lambda: (now := row(lab, process))["state"] == "ready" and now["pid"] != before)
    return row(lab, process)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def everything(lab: LabClient) -> list[int]:
    """The pids of the supervisor and of all that it has started, directly or not."""
    supervisor = psutil.Process(lab.status()["supervisor"]["pid"])
    return [supervisor.pid, *(each.pid for each in supervisor.children(recursive=True))]


def events(lab: LabClient, process: str) -> list[str]:
    return [entry["event"] for entry in lab.history() if entry["process"] == process]


def test_a_started_lab_is_ready_and_says_what_runs_where(calm: LabClient) -> None:
    status = calm.status()["arms"]["tiny"]
    assert [(each["name"], each["state"]) for each in status["processes"]] == [
        ("redis", "ready"),
        ("order-1", "ready"),
        ("payment-1", "ready"),
    ]
    assert status["door"] == row(calm, "order-1")["url"]
    assert "order-1 serves" in (calm.home / "logs" / "tiny" / "order-1.log").read_text()


def test_a_killed_process_is_started_again_after_the_stated_delay(lab: LabClient) -> None:
    before = row(lab, "payment-1")["pid"]
    descendants = psutil.Process(before).children()
    assert descendants
    onset_ms = lab.kill("tiny", "payment-1")
    after = ready_again(lab, "payment-1", before)
    assert not any(is_alive(each.pid) for each in descendants)
    killed, died, _, started, ready = [e for e in lab.history() if e["process"] == "payment-1"][-5:]
    assert [e["event"] for e in (killed, died, started, ready)] == ["killed", "died", "started", "ready"]
    assert died["signal"] == "SIGKILL"
    assert ready["pid"] == after["pid"]
    assert onset_ms == killed["at_ms"] <= died["at_ms"] <= started["at_ms"] - 1000 * SETTINGS.restart_delay_s + 5


def test_a_process_killed_by_somebody_else_is_started_again(lab: LabClient) -> None:
    before = row(lab, "payment-1")["pid"]
    os.kill(before, signal.SIGKILL)
    ready_again(lab, "payment-1", before)


def test_a_process_is_held_down_as_long_as_asked_and_can_be_started_before(lab: LabClient) -> None:
    before = row(lab, "payment-1")["pid"]
    lab.kill("tiny", "payment-1", hold_s=0.5)
    until(lambda: row(lab, "payment-1")["state"] == "held")
    after = ready_again(lab, "payment-1", before)["pid"]
    died, _, started, _ = [e["at_ms"] for e in lab.history() if e["process"] == "payment-1"][-4:]
    assert started - died >= 490
    lab.kill("tiny", "payment-1", hold_s=600)
    until(lambda: row(lab, "payment-1")["state"] == "held")
    lab.signal("tiny", "payment-1", "start")
    ready_again(lab, "payment-1", after)


def test_a_paused_process_stands_still_until_it_is_resumed(lab: LabClient) -> None:
    pid = row(lab, "payment-1")["pid"]
    lab.signal("tiny", "payment-1", "pause")
    assert row(lab, "payment-1")["state"] == "paused"
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    lab.signal("tiny", "payment-1", "resume")
    until(lambda: psutil.Process(pid).status() != psutil.STATUS_STOPPED)
    assert row(lab, "payment-1")["state"] == "ready"
    lab.signal("tiny", "payment-1", "pause", hold_s=0.1)
    until(lambda: events(lab, "payment-1").count("resumed") == 2)


def test_a_stopped_process_stays_down_until_it_is_started(lab: LabClient) -> None:
    before = row(lab, "payment-1")["pid"]
    lab.signal("tiny", "payment-1", "stop")
    until(lambda: row(lab, "payment-1")["state"] == "stopped")
    with pytest.raises(Trouble, match="not running"):
        lab.signal("tiny", "payment-1", "kill")
    lab.signal("tiny", "payment-1", "start")
    ready_again(lab, "payment-1", before)


def test_a_process_stopped_and_started_in_one_breath_is_not_ready_before_its_next_life(lab: LabClient) -> None:
    before = row(lab, "payment-1")["pid"]
    lab.signal("tiny", "payment-1", "stop")
    lab.signal("tiny", "payment-1", "start")
    until(lambda: row(lab, "payment-1")["state"] == "ready")
    assert row(lab, "payment-1")["pid"] != before


def test_a_killed_server_comes_back_with_its_data_its_groups_and_the_same_passwords(lab: LabClient) -> None:
    auditor, admin = lab.credentials("tiny", "auditor"), lab.credentials("tiny", "admin")
    with connect_once(admin) as redis:
        redis.set("kept", "yes")
    before = row(lab, "redis")["pid"]
    lab.kill("tiny", "redis")
    ready_again(lab, "redis", before)
    assert lab.credentials("tiny", "auditor") == auditor
    with connect_once(auditor) as redis:
        assert redis.get("kept") == "yes"
        assert redis.get("lab:arm") == "tiny"


def test_when_the_fork_server_dies_everything_forked_is_started_again(lab: LabClient) -> None:
    before = {name: row(lab, name)["pid"] for name in ("order-1", "payment-1")}
    fork_server = psutil.Process(before["order-1"]).parent()
    assert fork_server is not None
    assert fork_server.pid != lab.status()["supervisor"]["pid"]
    fork_server.kill()
    for name, pid in before.items():
        ready_again(lab, name, pid)
        assert not is_alive(pid)


def test_an_orderly_stop_leaves_no_process_and_no_file_but_the_logs(home: Path) -> None:
    with start_lab([arm("serve_with_a_child")], SETTINGS, home) as lab:
        lab.signal("tiny", "payment-1", "pause")
        pids = everything(lab)
        assert len(pids) >= 8  # supervisor, watcher, server, fork server, tracker, two processes and a child
    assert not [pid for pid in pids if is_alive(pid)]
    assert [each.name for each in home.iterdir()] == ["logs"]


def test_a_process_that_will_not_leave_is_made_to(home: Path) -> None:
    with start_lab([arm("serve_stubbornly")], SETTINGS, home) as lab:
        pid = row(lab, "payment-1")["pid"]
    assert not is_alive(pid)


def test_a_temporary_home_goes_with_its_lab() -> None:
    with start_lab([arm()], SETTINGS) as lab:
        assert lab.home.exists()
    assert not lab.home.exists()


def test_when_the_supervisor_is_killed_nothing_it_started_goes_on(lab: LabClient) -> None:
    lab.signal("tiny", "payment-1", "pause")  # this one cannot leave by itself
    pids = everything(lab)
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: not [pid for pid in pids if is_alive(pid)])
    with pytest.raises(NoLab):
        lab.status()


def test_a_new_lab_cleans_up_after_a_dead_one(home: Path) -> None:
    dead = launch_lab([arm()], SETTINGS, home)
    pids = everything(dead)
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: not [pid for pid in pids if is_alive(pid)])
    assert (home / "pids").exists()
    with start_lab([arm()], SETTINGS, home) as lab:
        assert row(lab, "redis")["state"] == "ready"
    assert [each.name for each in home.iterdir()] == ["logs"]


def test_a_bystander_with_a_recycled_pid_is_spared(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        home.mkdir(mode=0o700)
        (home / "pids").write_text(f"{bystander.pid} 12345.678 payment-1 of tiny\n")
        with start_lab([arm()], SETTINGS, home):
            assert bystander.poll() is None
        assert bystander.stdin is not None
        bystander.stdin.close()


def test_a_bound_lab_ends_with_whoever_started_it(home: Path) -> None:
    script = (
        "import sys, tests.compose.test_supervision as t\n"
        "with t.start_lab([t.arm()], t.SETTINGS, t.Path(sys.argv[1])):\n"
        "    print('up', flush=True); input()\n"
    )
    command = [sys.executable, "-c", script, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        pids = everything(LabClient.connect(home))
        starter.kill()
    until(lambda: not [pid for pid in pids if is_alive(pid)])
    until(lambda: [each.name for each in home.iterdir()] == ["logs"])


def test_a_lab_left_running_outlives_whoever_started_it_and_stops_on_request(home: Path) -> None:
    script = (
        "import sys, tests.compose.test_supervision as t\nt.launch_lab([t.arm()], t.SETTINGS, t.Path(sys.argv[1]))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(home)], check=True, timeout=60)
    lab = LabClient.connect(home)
    assert row(lab, "order-1")["state"] == "ready"
    pids = everything(lab)
    lab.stop()
    assert not [pid for pid in pids if is_alive(pid)]


def test_a_second_lab_in_the_same_home_is_told_so_and_the_first_goes_on(calm: LabClient) -> None:
    with pytest.raises(Trouble, match=r"is running in .* already"):
        launch_lab([arm()], SETTINGS, calm.home)
    assert row(calm, "order-1")["state"] == "ready"


def test_a_taken_port_is_named_with_what_to_do(home: Path) -> None:
    base = free_base(1)
    with socket.create_server((HOST, base + 1)), pytest.raises(Trouble, match=rf"Port {base + 1} .*payment-1.*taken"):
        launch_lab([arm()], SETTINGS, home, port_base=base)
    assert not left_in(home)


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(home: Path) -> None:
    home.parent.joinpath("file").touch()
    with pytest.raises(Trouble, match=r"cannot be written.*HARMONY_HOME"):
        launch_lab([arm()], SETTINGS, home.parent / "file" / "home")


def test_a_process_that_never_gets_up_is_named_with_its_log_and_nothing_stays(home: Path) -> None:
    with pytest.raises(Trouble, match=r"payment-1 of tiny leaves as often as it is started: .*payment-1\.log"):
        launch_lab([arm("fail")], SETTINGS, home)
    assert "payment-1 will not" in (home / "logs" / "tiny" / "payment-1.log").read_text()
    assert left_in(home) == ["logs"]


def test_a_process_that_crashes_again_and_again_is_shown_so_and_never_given_up(lab: LabClient) -> None:
    for _ in range(3):
        pid = ready_again(lab, "payment-1", before=0)["pid"]
        os.kill(pid, signal.SIGKILL)
        ready_again(lab, "payment-1", before=pid)
    assert [entry["state"] for entry in lab.history() if "state" in entry] == ["down", "down", "crash-looping"]


def test_passwords_are_in_no_log_no_command_line_and_no_environment(calm: LabClient) -> None:
    secrets = [calm.credentials("tiny", user).password for user in ("admin", "auditor", "door", "order", "payment")]
    secrets.append(calm.token())
    logs = [file.read_text() for file in (calm.home / "logs").rglob("*.log")]
    shown = [text for pid in everything(calm) for text in (*command_line(pid), *environment(pid))]
    assert len(set(secrets)) == 6
    assert not re.search("|".join(map(re.escape, secrets)), "\n".join([*logs, *shown]))


def test_the_control_socket_is_for_its_owner_alone(calm: LabClient) -> None:
    assert (calm.home / "control.sock").stat().st_mode & 0o077 == 0
    assert calm.home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda lab: lab.kill("tiny", "shipping-1"), "its processes are redis, order-1, payment-1"),
        (lambda lab: lab.kill("huge", "order-1"), "its arms are tiny"),
        (lambda lab: lab.signal("tiny", "order-1", "tickle"), "There is no signal tickle"),
        (lambda lab: lab.credentials("tiny", "nobody"), "There is no user nobody"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_with_what_would(
    calm: LabClient, ask: Callable[[LabClient], object], says: str
) -> None:
    with pytest.raises(Trouble, match=says):
        ask(calm)


def test_where_no_lab_runs_the_client_says_so(home: Path) -> None:
    with pytest.raises(NoLab, match="No lab is running"):
        LabClient.connect(home)


def left_in(home: Path) -> list[str]:
    return sorted(each.name for each in home.iterdir()) if home.exists() else []


def command_line(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def environment(pid: int) -> list[str]:
    try:
        return list(psutil.Process(pid).environ().values())
    except psutil.Error:
        return []
