"""Arms that other packages describe: taken when in order; else there is a sentence, and the lab does without them."""

from __future__ import annotations

import io
import math
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ledger import EQUAL
from common.settings import Settings
from compose import described
from compose.arm import ANSWERS, DOOR_READS, Arm, Difference, Role
from compose.arms import OWN
from compose.local.client import start_lab
from compose.local.errors import Trouble
from compose.outside import GROUP, among
from tests.arms.registered import write
from tests.house_tree import HOUSES, ROOT
from tests.test_house import imported, modules

NAME = "orchestration-mine"
GOOD = replace(OWN["orchestration-rq"], name=NAME, transport="mine")
NO_ARM = "not one"
TINY = Arm("tiny", "", "", "order", (Role("order", "tests.compose.tiny:serve"), Role("payment", "their_room:serve")))


def registered(value: str, name: str = NAME) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{value}", GROUP)


def good() -> Arm:
    """A function may return it."""
    return GOOD


def raising() -> Arm:
    raise RuntimeError("no licence")


SAID = threading.Event()


class Heard(io.StringIO):
    """Standard error that tells when something is said on it."""

    def write(self, text: str) -> int:
        written = super().write(text)
        SAID.set()
        return written


def blocking() -> Arm:
    """Until somebody has said a word about it."""
    assert SAID.wait(15)
    return GOOD


def with_roles(change: Mapping[str, Any], service: str = "worker") -> Arm:
    """The good one, with another role for a service."""
    roles = (replace(role, **change) if role.service == service else role for role in GOOD.roles)
    return replace(GOOD, roles=tuple(roles))


WRONG = {
    "dance": (replace(GOOD, pattern="dance"), "its pattern is 'dance'. It is one of orchestration, choreography"),
    "name": (replace(GOOD, transport="yours"), "Its name is pattern, hyphen, transport: orchestration-yours"),
    "letters": (
        replace(GOOD, name="orchestration-My Q", transport="My Q"),
        "a name is 40 small letters, digits and hyphens",
    ),
    "queue": (replace(GOOD, roles=GOOD.roles[2:]), "it has a queue of jobs. That is for an orchestration with a role"),
    "rate": (replace(GOOD, easy_rate=0), "its easy_rate is 0"),
    "entry": (replace(GOOD, entry="order"), "its entry is 'order'. In an orchestration it is 'orchestrator'"),
    "nobody": (replace(GOOD, roles=GOOD.roles[:-1]), "nobody is notification. It needs a role for each of"),
    "twice": (replace(GOOD, roles=(*GOOD.roles, GOOD.roles[-1])), "notification has two roles"),
    "strange": (with_roles({"service": "billing"}, "payment"), "nobody is payment"),
    "calls": (with_roles({"calls": ("billing",)}), "worker names billing, which it has not among its roles"),
    "replicas": (with_roles({"replicas": 9}), "worker has 9 replicas. It can have 1 to 5"),
    "module": (with_roles({"main": "no.such.room:run"}), "no.such.room:run of worker cannot be imported"),
    "function": (with_roles({"main": "compose.arm"}), "the main of worker is 'compose.arm'. It is `package.module:fun"),
    "all": (with_roles({"needs": "@all"}), "worker wants the command '@all'. Name single ones"),
    "flush": (with_roles({"needs": "hincrbyfloat flushall"}), "worker wants the command 'flushall'"),
    "scripts": (with_roles({"needs": "script"}), "worker wants the command 'script'"),
    "selector": (with_roles({"needs": "get) +@all"}), "worker wants the command 'get)'"),
    "hears all": (with_roles({"hears": ("*",)}, "payment"), "payment hears '*'. It hears compose.arm.ANSWERS, its own"),
    "hears rules": (with_roles({"hears": ("x) (+@all ~*",)}, "payment"), "payment hears 'x) (+@all ~*'"),
    "hears others": (with_roles({"hears": ("{order}:commands",)}, "payment"), "payment hears '{order}:commands'"),
    "hears some": (with_roles({"hears": ("{payment}:*",)}, "payment"), "payment hears '{payment}:*'"),
    "door": (replace(GOOD, door_reads=("*",)), "its door reads *. It reads what every door shows"),
    "door rules": (replace(GOOD, door_reads=(*DOOR_READS, "* +@all ~*")), "its door reads * +@all ~*. It"),
    "user": (with_roles({"user": "payment"}), "worker is the user 'payment'. It is its own, and a worker may be the"),
    "service": (with_roles({"user": "orchestrator"}, "payment"), "payment is the user 'orchestrator'"),
    "tells": (
        with_roles({"tells": ("payment",)}, "order"),
        "order tells payment. Only an orchestrator commands others",
    ),
    "posts": (with_roles({"posts": (("Paid", "order"),)}, "payment"), "payment posts 'Paid', which is no event of its"),
    "forges": (with_roles({"posts": (("OrderPlaced", "order"),)}, "payment"), "payment posts 'OrderPlaced', which is"),
    "reader": (
        with_roles({"posts": (("OrderPlaced", "all"),)}, "order"),
        "order posts OrderPlaced to 'all'. A subscri",
    ),
    "wire": (replace(GOOD, wire="pigeon"), "its wire is 'pigeon'. It is http or streams"),
    "no rate": (replace(GOOD, easy_rate=math.nan), "its easy_rate is nan"),
    "keys": (with_roles({"beside": (("{payment}:counters", "get"),)}), "worker wants the key '{payment}:counters'"),
    "pattern": (with_roles({"beside": (("*{orchestrator}*", "get"),)}), "worker wants the key '*{orchestrator}*'"),
    "tag": (with_roles({"beside": (("{payment}:c{orchestrator}", "get"),)}), "wants the key '{payment}:c{orchestrat"),
    "no tag": (with_roles({"beside": (("{}:c{orchestrator}", "get"),)}), "wants the key '{}:c{orchestrator}'"),
    "cheat": (
        replace(GOOD, differs=(Difference("appendfsync", "no", "everysec", "it is faster"),)),
        "it wants to differ in 'appendfsync'. By its nature an arm differs in orders_at_once, http_client alone",
    ),
    "silent": (replace(GOOD, differs=(Difference("orders_at_once", "1", "all", ""),)), "does not say why"),
}


def test_what_a_description_is_held_to_is_what_the_lab_has() -> None:
    for arm in OWN.values():
        assert list(described.objections(arm, arm.name)) == []
    assert set(described.BY_NATURE) <= set(EQUAL), "conditions of the ledger"


@pytest.mark.parametrize("value", ["GOOD", "good"])
def test_an_arm_that_is_in_order_is_taken(value: str) -> None:
    found = among([registered(value)], OWN)
    assert (dict(found.arms), found.unfit) == ({NAME: GOOD}, {})


def test_what_an_arm_may_ask_for_is_not_taken_for_wrong() -> None:
    lock, stream = ("lock:{orchestrator}:jobs", "set get del evalsha"), "{orchestrator}:jobs"
    asking = with_roles({"hears": (stream, *ANSWERS), "needs": "setex xgroup|create", "beside": (lock,)})
    assert list(described.objections(asking, NAME)) == []


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arm, told = WRONG[case]
    monkeypatch.setitem(globals(), "described", arm)
    (sentence,) = among([registered("described", arm.name)], OWN).unfit.values()
    assert sentence.startswith(f"The arm {arm.name} of an unknown package cannot be used: ")
    assert told in sentence


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("raising", "raises RuntimeError: no licence. Mend it, or uninstall the package."),
        ("absent", "raises AttributeError"),
        ("NO_ARM", "is str, and not a compose.arm.Arm or a function that returns one."),
    ],
)
def test_what_cannot_be_loaded_harms_nobody_else(value: str, told: str) -> None:
    found = among([registered(value, "orchestration-theirs"), registered("GOOD")], OWN)
    assert list(found.arms) == [NAME]
    assert told in found.unfit["orchestration-theirs"]


def test_an_arm_that_blocks_while_it_is_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    monkeypatch.setattr(sys, "stderr", heard)
    assert list(among([registered("blocking")], OWN).arms) == [NAME]
    assert heard.getvalue().startswith(f"Still loading the arm {NAME} of an unknown package.")


THEIRS = """
import os, threading
from tests.compose.tiny import serve
with open(os.environ["THEIRS"], "a") as file:
    print(os.getpid(), file=file)
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an outside room says by whom it is imported; `payment` of TINY is of that room."""
    (tmp_path / "their_room.py").write_text(THEIRS, encoding="utf-8")
    monkeypatch.setenv("THEIRS", str(tmp_path / "imported"))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    return tmp_path / "imported"


def test_an_outside_room_is_imported_by_its_own_process_alone(theirs: Path) -> None:
    with start_lab([TINY], Settings(skus=3)) as lab:
        processes = {each["name"]: each["pid"] for each in lab.status()["arms"]["tiny"]["processes"]}
        assert theirs.read_text().split() == [str(processes["payment-1"])]


def test_an_outside_room_that_raises_ends_its_own_process_alone(theirs: Path) -> None:
    (theirs.parent / "their_room.py").write_text("raise RuntimeError('no licence')", encoding="utf-8")
    told = pytest.raises(Trouble, match=r"payment-1 of tiny leaves as often as it is started: .*payment-1\.log")
    with told, start_lab([TINY], Settings(skus=3)):
        pass


def test_a_name_is_given_once() -> None:
    found = among([registered("GOOD"), registered("good"), registered("GOOD", "orchestration-rq")], OWN)
    assert not found.arms
    assert "2 entry points have that name" in found.unfit[NAME]
    assert "the lab has an arm of that name" in found.unfit["orchestration-rq"]


KNOWN = {"common", "orchestration", "choreography", "compose"}
FILES = sorted((ROOT / "examples").rglob("*.py"))


def test_an_example_knows_parts_of_the_lab_and_nobody_in_the_lab_knows_an_example() -> None:
    assert FILES
    packages = {each.parent.name for each in FILES}
    strangers = {str(each): imported(each) & {*HOUSES} - KNOWN for each in FILES}
    assert not any(strangers.values()), f"{strangers}: an arm is made of what the lab's own arms are made of"
    friends = [name for name, file in modules(*HOUSES) if imported(file) & packages]
    assert not friends, f"{friends} know an example: whatever an arm needs is in its description"


def asked(folder: Path, *words: str) -> str:
    """What `harmony` says where such packages are installed."""
    environment = {"PYTHONPATH": f"{folder}:{ROOT}", "PATH": "/usr/bin:/bin", "COLUMNS": "300", "HOME": str(folder)}
    main = "from benchmarks.cli import main; main()"
    command = [sys.executable, "-c", main, *words]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return " ".join((done.stdout + done.stderr).split())


def test_a_broken_arm_is_named_with_its_package_and_the_lab_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "their-arm", {"orchestration-theirs": "no_such_room:ARM"}, "2.0")
    told = asked(tmp_path, "run", "latency", "--arms", "orchestration-http,orchestration-theirs")
    assert "The arm orchestration-theirs of their-arm 2.0 cannot be used: no_such_room:ARM raises Module" in told
    assert "orchestration-theirs of their-arm 2.0 cannot be used" in asked(tmp_path, "doctor")
    assert "commit.before" in asked(tmp_path, "fault", "points", "orchestration-http")
