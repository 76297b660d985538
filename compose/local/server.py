"""The Redis server of an arm, ours or foreign: its users, and what makes it ready for the arm after every start."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from redis import exceptions

from common.store.acl import acl_file, fresh_passwords
from common.store.binary import Binary, NoServer, find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, wait_ready
from common.store.provision import Needs, Refused, drop_users, make_users, opening_balance, provision
from compose.arm import Arm, accounts, groups
from compose.local.errors import Trouble
from compose.local.plan import Plan

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server process."""

    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    async def gone(self) -> int:
        """Return its exit code, negative for a signal, when it has left."""
        return await asyncio.to_thread(self.process.wait)


class OwnServer:
    """A server that the lab runs itself. Its passwords are made once and hold for every restart."""

    def __init__(self, plan: Plan, arm: Arm, binary: Binary) -> None:
        self._needs = _needs(plan, arm)
        self._accounts = accounts(arm)
        self._passwords = fresh_passwords(self._accounts)
        self._server = Embedded(
            folder=plan.folder.servers / arm.name,
            log=plan.log(arm.name, "redis"),
            binary=binary,
            appendfsync=str(plan.settings["appendfsync"]),
        )
        self._serving: Serving | None = None
        self.url = self._server.url

    def credentials(self, user: str) -> Credentials:
        """Raises KeyError when there is no such user."""
        return Credentials(self.url, user, self._passwords[user])

    def prepare(self) -> None:
        """Write its files. Raises Trouble."""
        try:
            self._server.prepare(acl_file(self._accounts, self._passwords, self._server.binary.version))
        except NoServer as error:
            raise Trouble(str(error)) from error

    def start(self) -> Serving:
        self._serving = Serving(self._server.start())
        return self._serving

    async def ready(self) -> None:
        """Return when it answers and holds what the arm needs. Raises Trouble."""
        if self._serving is not None:
            await asyncio.to_thread(self._make_ready, self._serving.process)

    def _make_ready(self, process: subprocess.Popen[bytes]) -> None:
        admin = self.credentials(ADMIN)
        try:
            wait_ready(process, admin, self._server.log)
            with connect_once(admin) as redis:
                provision(redis, self._needs)
        except (NoServer, Refused) as error:
            raise Trouble(str(error)) from error
        except exceptions.RedisError as error:
            raise Trouble(f"The Redis server of {self._needs.arm} cannot be set up: {error}.") from error


class ForeignServer:
    """A server that somebody else runs: we make our users on it, and take them away again."""

    def __init__(self, plan: Plan, arm: Arm, url: str) -> None:
        self._needs = _needs(plan, arm)
        self._admin = split(url)
        self._accounts = [account for account in accounts(arm) if account.name != ADMIN]
        self._passwords = fresh_passwords(self._accounts)
        self.url = self._admin.url

    def credentials(self, user: str) -> Credentials:
        """Raises KeyError when there is no such user."""
        return self._admin if user == ADMIN else Credentials(self.url, user, self._passwords[user])

    def open(self) -> None:
        """Make users and everything else that the arm needs. Raises Trouble."""
        try:
            with connect_once(self._admin) as redis:
                provision(redis, self._needs)
                make_users(redis, self._accounts, self._passwords)
        except Refused as error:
            raise Trouble(str(error)) from error
        except (exceptions.RedisError, OSError) as error:
            raise Trouble(
                f"The Redis server of {self._needs.arm} at {self.url} cannot be used ({error}): check --redis-url."
            ) from error

    def close(self) -> None:
        """Take the users away; the data stays."""
        with suppress(exceptions.RedisError, OSError), connect_once(self._admin) as redis:  # it may be gone by now
            drop_users(redis, self._accounts)


def servers(plan: Plan) -> dict[str, OwnServer | ForeignServer]:
    """The server of each arm. Raises Trouble when we must run one ourselves and cannot."""
    urls = plan.redis_urls
    try:
        binary = find_binary(plan.redis_binary) if any(arm.name not in urls for arm in plan.arms) else None
    except NoServer as error:
        raise Trouble(str(error)) from error
    return {
        arm.name: ForeignServer(plan, arm, urls[arm.name])
        if binary is None or arm.name in urls
        else OwnServer(plan, arm, binary)
        for arm in plan.arms
    }


def split(url: str) -> Credentials:
    """An administrator's URL as credentials, whose own URL holds no password."""
    parts = urlsplit(url)
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    bare = urlunsplit(parts._replace(netloc=where))
    if parts.scheme == "unix" and not where:
        bare = f"unix://{parts.path}"  # urlunsplit would drop the empty host's slashes
    return Credentials(bare, unquote(user) or "default", unquote(password))


def _needs(plan: Plan, arm: Arm) -> Needs:
    balance = opening_balance(int(plan.settings["seed"]), int(plan.settings["skus"]))
    return Needs(arm.name, tuple(groups(arm)), balance)
