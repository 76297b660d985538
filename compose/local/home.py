"""The folder of a running lab: what lies where, and the lock that keeps a second lab out of it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from common.store.embedded import SOCKET_PATH_MAX
from compose.local.errors import Trouble

OTHERS = 0o077


def default_home(named: str | Path | None = None) -> Path:
    """The folder that was named (HARMONY_HOME), else one of this user's own among the system's temporary folders."""
    return Path(named).absolute() if named else Path(tempfile.gettempdir()) / f"harmony-{os.getuid()}"


def check_length(root: Path, arms: Iterable[str]) -> None:
    """Raises Trouble when a socket of a lab with these arms would have a longer path than sockets may."""
    home = Home(root)
    sockets = (home.control, *(home.servers / arm / "redis.sock" for arm in arms))
    too_many = max(len(os.fsencode(socket)) for socket in sockets) - SOCKET_PATH_MAX
    if too_many > 0:
        raise Trouble(f"{root} is {too_many} bytes too long for the sockets in it: choose a shorter HARMONY_HOME.")


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside the folder. The logs may lie elsewhere; they outlast the lab."""

    root: Path

    @property
    def control(self) -> Path:
        """The socket on which the supervisor takes requests."""
        return self.root / "control.sock"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def pids(self) -> Path:
        """What the supervisor has started: a line `pid start-time name` each."""
        return self.root / "pids"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def servers(self) -> Path:
        """A folder per arm: its server's configuration, socket and data."""
        return self.root / "redis"

    @property
    def prometheus(self) -> Path:
        """Of a Prometheus beside the lab: its configuration, whom it asks, and what it was told."""
        return self.root / "prometheus"

    @property
    def scratch(self) -> Path:
        """For the temporary files of the supervisor itself."""
        return self.root / "tmp"

    def make(self) -> None:
        """Make the folder, readable by its owner alone. Raises Trouble."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.root.stat()
        except OSError as error:
            raise cannot_write(self.root, error) from error
        if found.st_uid != os.getuid():
            raise Trouble(f"{self.root} belongs to another user: choose another folder with HARMONY_HOME.")
        if found.st_mode & OTHERS and any(self.root.iterdir()):
            raise Trouble(
                f"{self.root} is open to other users and not empty: close it (chmod 700), or choose another folder"
                " with HARMONY_HOME."
            )
        self.root.chmod(0o700)

    def clear(self) -> None:
        """Take away everything but logs and lock."""
        for folder in (self.servers, self.prometheus, self.scratch):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.control, self.pids):
            file.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> Trouble:
    """The sentence for a folder that cannot be written."""
    return Trouble(f"{path} cannot be written ({error.strerror}): choose another folder with HARMONY_HOME.")


class Lock:
    """Held by the one supervisor of a home, for as long as it lives: the system frees it however the holder ends."""

    def __init__(self, home: Home) -> None:
        """Take the lock. Raises Trouble when another lab holds it."""
        self._home = home
        while not self._take():
            pass

    def _take(self) -> bool:
        path = self._home.lock
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise cannot_write(self._home.root, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise Trouble(
                f"A lab is running in {self._home.root} already: use it, stop it with `harmony down`,"
                " or choose another folder with HARMONY_HOME."
            ) from error
        if self._is_on_disk():
            return True
        os.close(self._descriptor)  # its holder took the file away while we waited: take the new one
        return False

    def _is_on_disk(self) -> bool:
        with suppress(FileNotFoundError):
            return os.fstat(self._descriptor).st_ino == self._home.lock.stat().st_ino
        return False

    def release(self) -> None:
        """Let the next one in; the folder goes, too, when nothing is left in it."""
        self._home.lock.unlink(missing_ok=True)
        os.close(self._descriptor)
        with suppress(OSError):
            self._home.root.rmdir()
