"""The secrets of the containers, made once on the host: each container is given its own alone.

The folder is what keeps other users of this machine out of them (mode 700). The files in it can be read by all,
because a container sees only the files that it is given, and its user bears another number than ours.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from common.store.acl import SETINFO_SINCE, acl_file
from compose.arm import Arm, accounts
from compose.arms import OWN
from compose.docker.names import KEPT, TOKEN, USERS, secret

GRAFANA = "grafana-admin"
FOLDER_MODE, FILE_MODE = 0o700, 0o644


def make(folder: Path = KEPT) -> list[str]:
    """Make what is missing, and the files of users anew from the table. Returns the names of what was made."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    made = [name for name in names() if _fresh(folder / name)]
    for arm in OWN.values():
        _write(folder / secret(arm.name, USERS), users(arm, folder))
    return made


def names() -> Iterator[str]:
    """Every secret but the files of users, which follow from the others."""
    yield from (TOKEN, GRAFANA)
    for arm in OWN.values():
        yield from (secret(arm.name, account.name) for account in accounts(arm))


def users(arm: Arm, folder: Path) -> str:
    """The server's file of users: their hashes and what they may do. The server is the image's own, so its age is
    known."""
    return acl_file(accounts(arm), passwords(arm, folder), SETINFO_SINCE)


def passwords(arm: Arm, folder: Path = KEPT) -> Mapping[str, str]:
    """User -> password, of an arm whose secrets were made."""
    return {
        account.name: (folder / secret(arm.name, account.name)).read_text(encoding="utf-8").strip()
        for account in accounts(arm)
    }


def _fresh(file: Path) -> bool:
    if file.exists():
        return False
    _write(file, secrets.token_hex(32))
    return True


def _write(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w", encoding="utf-8") as opened:
        opened.write(text)
    file.chmod(FILE_MODE)
