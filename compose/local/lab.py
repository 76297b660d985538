"""The running lab: every process of every arm under its keeper, and what can be asked of them."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from compose.arm import DOOR, Arm, Place, user_of
from compose.local.companion import BESIDE, RESTART_DELAY_S, Companion
from compose.local.dropping import keep_dropping
from compose.local.errors import Trouble
from compose.local.history import History
from compose.local.keeper import Keeper
from compose.local.part import part, url
from compose.local.pids import Pids
from compose.local.plan import Plan
from compose.local.program import Program
from compose.local.server import ADMIN, ForeignServer, OwnServer, servers

START_TIMEOUT_S = 30.0
BESIDE_S = 8.0  # for programs beside the arms to get ready; then the lab is there without them
POLL_S = 0.01
REDIS = "redis"


@dataclass(frozen=True, slots=True)
class Kept:
    """A process of the lab: what it is called, where it answers, and its keeper."""

    arm: str
    name: str
    service: str
    replica: int
    url: str
    keeper: Keeper

    def row(self) -> dict[str, Any]:
        """Its row in the status."""
        keeper = self.keeper
        return {
            "name": self.name,
            "service": self.service,
            "replica": self.replica,
            "pid": keeper.pid,
            "url": self.url,
            "state": keeper.state,
            "starts": keeper.starts,
        }


class Lab:
    """Builds the parts of a plan; `start` brings them up, `end` takes them down."""

    def __init__(self, plan: Plan, pids: Pids) -> None:
        self._plan = plan
        self._pids = pids
        self._history = History()
        self._token = secrets.token_urlsafe(32)
        self._delay_s = float(plan.settings["restart_delay_s"])
        self._servers = servers(plan)
        self._redis = [self._keep_server(arm, server) for arm, server in self._own()]
        self._parts = self._make_parts()
        self._beside = {each.name: self._keep_beside(each) for each in plan.companions}
        self._dropping: asyncio.Task[None] | None = None

    def _own(self) -> list[tuple[str, OwnServer]]:
        return [(arm, server) for arm, server in self._servers.items() if isinstance(server, OwnServer)]

    def _foreign(self) -> list[ForeignServer]:
        return [server for server in self._servers.values() if isinstance(server, ForeignServer)]

    def _keep_server(self, arm: str, server: OwnServer) -> Kept:
        return Kept(arm, REDIS, REDIS, 1, server.url, self._keeper(arm, REDIS, server))

    def _make_parts(self) -> list[Kept]:
        everywhere = self._addresses()
        return [self._keep_part(arm, place, everywhere[arm.name]) for arm, place in self._plan.places()]

    def _addresses(self) -> dict[str, dict[str, tuple[str, ...]]]:
        found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for arm, place in self._plan.places():
            service = place.role.service
            found[arm.name][service] = (*found[arm.name].get(service, ()), url(place))
        return found

    def _keep_part(self, arm: Arm, place: Place, addresses: dict[str, tuple[str, ...]]) -> Kept:
        server = self._servers[arm.name]
        redis, door = server.credentials(user_of(place.role)), server.credentials(DOOR)
        body = part(self._plan, arm, place, redis, door, addresses, self._token)
        keeper = self._keeper(arm.name, place.name, body)
        return Kept(arm.name, place.name, place.role.service, place.replica, url(place), keeper)

    def _keeper(self, arm: str, name: str, body: Any) -> Keeper:
        label = f"{name} of {arm}"
        return Keeper(body, self._delay_s, self._pids, self._history.note_for(arm, name), label)

    def _keep_beside(self, companion: Companion) -> Keeper:
        program = Program(companion, self._plan.home, self._plan.log_beside(companion.name))
        note = self._history.note_for(BESIDE, companion.name)
        return Keeper(program, RESTART_DELAY_S, self._pids, note, f"{companion.name} beside the lab")

    async def start(self) -> None:
        """Servers first, then everything else at once. Returns when all are ready; raises Trouble."""
        give_up = time.monotonic() + START_TIMEOUT_S
        for _, server in self._own():
            server.prepare()
        for kept in self._redis:
            kept.keeper.begin()
        for foreign in self._foreign():
            await asyncio.to_thread(foreign.open)
        await self._all_ready(self._redis, give_up)
        for kept in self._parts:
            kept.keeper.begin()
        await self._all_ready(self._parts, give_up)
        admins = [server.credentials(ADMIN) for server in self._servers.values()]
        retention_s = float(self._plan.settings["retention_s"])
        self._dropping = asyncio.create_task(keep_dropping(admins, retention_s))

    async def start_beside(self) -> None:
        """Programs beside the arms, which may ask the lab; it is there without them, too. Returns when they are ready,
        or will not be soon: whoever asks for the status sees it.
        """
        for keeper in self._beside.values():
            keeper.begin()
        give_up = time.monotonic() + BESIDE_S
        while [keeper for keeper in self._beside.values() if keeper.state not in ("ready", "crash-looping")]:
            if time.monotonic() > give_up:
                return
            await asyncio.sleep(POLL_S)

    async def _all_ready(self, processes: list[Kept], give_up: float) -> None:
        while waiting := [kept for kept in processes if kept.keeper.state != "ready"]:
            for kept in waiting:
                self._check(kept, late=time.monotonic() > give_up)
            await asyncio.sleep(POLL_S)

    def _check(self, kept: Kept, *, late: bool) -> None:
        log = self._plan.log(kept.arm, kept.name)
        if kept.keeper.trouble:
            raise Trouble(kept.keeper.trouble)
        if kept.keeper.state == "crash-looping":
            raise Trouble(f"{kept.name} of {kept.arm} leaves as often as it is started: {log} says why.")
        if late:
            raise Trouble(f"{kept.name} of {kept.arm} is not ready after {START_TIMEOUT_S:.0f} s: {log} may say why.")

    async def end(self) -> None:
        """Services first, so that they can still write; then the servers."""
        if self._dropping:
            self._dropping.cancel()
        beside = asyncio.gather(*(keeper.end() for keeper in self._beside.values()))
        await _end(self._parts)
        await _end(self._redis)
        await beside
        for foreign in self._foreign():
            await asyncio.to_thread(foreign.close)

    def status(self) -> dict[str, Any]:
        """The shape of `harmony status --json`, with the supervisor's own pid beside the arms."""
        arms = {arm.name: self._arm_status(arm) for arm in self._plan.arms}
        return {"arms": arms, "beside": self._beside_status(), "supervisor": self._supervisor()}

    def _supervisor(self) -> dict[str, Any]:
        told = {name: self._plan.settings[name] for name in ("unsafe", "slo_s", "deadline_s")}
        return {"pid": os.getpid(), "logs": str(self._plan.logs)} | told

    def _beside_status(self) -> list[dict[str, Any]]:
        urls = {each.name: each.url for each in self._plan.companions}
        return [
            {"name": name, "pid": keeper.pid, "url": urls[name], "state": keeper.state, "starts": keeper.starts}
            for name, keeper in self._beside.items()
        ]

    def _arm_status(self, arm: Arm) -> dict[str, Any]:
        rows = [kept.row() for kept in (*self._redis, *self._parts) if kept.arm == arm.name]
        door = next(row["url"] for row in rows if row["service"] == arm.entry)
        return {"door": door, "redis": self._servers[arm.name].url, "processes": rows}

    def keeper(self, arm: str, process: str) -> Keeper:
        """Raises Trouble when there is no such process."""
        for kept in (*self._redis, *self._parts):
            if (kept.arm, kept.name) == (arm, process):
                return kept.keeper
        names = ", ".join(kept.name for kept in (*self._redis, *self._parts) if kept.arm == arm)
        raise Trouble(
            f"There is no {process} in {arm}: its processes are {names}."
            if names
            else f"There is no arm {arm} in this lab: its arms are {', '.join(self._servers)}."
        )

    def credentials(self, arm: str, user: str) -> dict[str, str]:
        """Raises Trouble when there is no such arm or user."""
        try:
            return asdict(self._servers[arm].credentials(user))
        except KeyError as error:
            raise Trouble(f"There is no user {user} in the arm {arm} of this lab.") from error

    def token(self) -> str:
        """What the services want to see before they do themselves harm."""
        return self._token

    def history(self) -> list[dict[str, Any]]:
        return self._history.entries()


async def _end(processes: Iterable[Kept]) -> None:
    await asyncio.gather(*(kept.keeper.end() for kept in processes))
