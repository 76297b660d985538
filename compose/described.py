"""Whether the description of an arm is in order: what it claims, its roles, what it wants on its server, its mains.

Whether it really is what it claims is not seen here: each run tries it (`benchmarks.conformance_run`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pkgutil import resolve_name

from common.messages import EVENT_TYPES
from common.store import keys
from common.store.acl import MAY_NEED
from compose.arm import ANSWERS, DOOR_READS, ORCHESTRATOR, REPLICAS_MAX, SERVICES, WORKER, Arm, Role, user_of

ENTRIES = {"orchestration": ORCHESTRATOR, "choreography": "order"}  # pattern -> whose processes are the door
BY_NATURE = ("orders_at_once", "http_client")  # conditions of the ledger in which an arm may be another than all others
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
NAME_MAX = 40  # characters: it is part of a socket's path
WIRES = ("", "http", "streams")
KEY = re.compile(r"[^{}]*\{([^{}]+)\}[\w:.{}-]*", re.ASCII)  # in full, no pattern; the first braces are its hash tag


def objections(arm: Arm, name: str) -> Iterator[str]:
    """What is wrong with it, and what to do: the first sentence is worth showing. `name`: its entry point's."""
    for look in (_claims, _roles, _messages, _differs, _rights, _mains):
        yield from look(arm, name)


def _claims(arm: Arm, name: str) -> Iterator[str]:
    if arm.pattern not in ENTRIES:
        yield f"its pattern is {arm.pattern!r}. It is one of {_list(ENTRIES)}."
    elif arm.name != f"{arm.pattern}-{arm.transport}" or arm.name != name:
        right = f"{arm.pattern}-{arm.transport}"
        yield f"it is called {arm.name!r}. Its name is pattern, hyphen, transport: {right}, in its entry point, too."
    elif not NAME.fullmatch(arm.name) or len(arm.name) > NAME_MAX:
        yield f"a name is {NAME_MAX} small letters, digits and hyphens at most. Choose another transport's name."
    elif arm.queue and (arm.pattern != "orchestration" or WORKER not in _services(arm)):
        yield f"it has a queue of jobs. That is for an orchestration with a role {WORKER!r} that works them off."
    elif not (math.isfinite(arm.easy_rate) and arm.easy_rate > 0):
        yield f"its easy_rate is {arm.easy_rate}. It is above 0: the orders a second that it carries with ease."
    elif arm.wire not in WIRES:
        yield f"its wire is {arm.wire!r}. It is http or streams, or is left out: then the transport is its wire."


def _roles(arm: Arm, name: str) -> Iterator[str]:
    services, wanted = _services(arm), {*SERVICES, ENTRIES[arm.pattern]}
    known = {*wanted, WORKER} if arm.pattern == "orchestration" else wanted
    if arm.entry != ENTRIES[arm.pattern]:
        yield f"its entry is {arm.entry!r}. In an {arm.pattern} it is {ENTRIES[arm.pattern]!r}: the door is there."
    if twice := [service for service, count in Counter(services).items() if count > 1]:
        yield f"{_list(twice)} has two roles. More of the same are `replicas`."
    if missing := sorted(wanted - set(services)):
        yield f"nobody is {_list(missing)}. It needs a role for each of {_list(sorted(wanted))}."
    if strange := sorted(set(services) - known):
        yield f"it has a role {_list(strange)}. Roles are {_list(sorted(known))}: the words that the lab's pages know."
    for role in arm.roles:
        if not 1 <= role.replicas <= REPLICAS_MAX:
            yield f"{role.service} has {role.replicas} replicas. It can have 1 to {REPLICAS_MAX}."
        if unknown := sorted({user_of(role), *role.calls, *role.tells} - set(services)):
            yield f"{role.service} names {_list(unknown)}, which it has not among its roles."
        if role.user not in ("", role.service, ORCHESTRATOR if role.service == WORKER else ""):
            yield f"{role.service} is the user {role.user!r}. It is its own, and a {WORKER} may be the {ORCHESTRATOR}."


def _messages(arm: Arm, name: str) -> Iterator[str]:
    """Whom it commands, and what it announces to whom."""
    for role in arm.roles:
        if role.tells and role.service != ORCHESTRATOR:
            yield f"{role.service} tells {_list(role.tells)}. Only an {ORCHESTRATOR} commands others."
        for kind, subscriber in role.posts:
            if kind not in EVENT_TYPES or EVENT_TYPES[kind].source != role.service:
                yield f"{role.service} posts {kind!r}, which is no event of its own (common/domain/events.py)."
            if subscriber not in SERVICES:
                yield f"{role.service} posts {kind} to {subscriber!r}. A subscriber is one of {_list(SERVICES)}."


def _differs(arm: Arm, name: str) -> Iterator[str]:
    for each in arm.differs:
        if each.condition not in BY_NATURE:
            yield f"it wants to differ in {each.condition!r}. By its nature an arm differs in {_list(BY_NATURE)} alone."
        if not each.reason:
            yield f"it differs in {each.condition} and does not say why. The ledger prints the reason."


def _mains(arm: Arm, name: str) -> Iterator[str]:
    for role in arm.roles:
        try:
            fits = ":" in role.main and callable(resolve_name(role.main))
        except (Exception, SystemExit) as error:
            yield f"{role.main} of {role.service} cannot be imported ({type(error).__name__}: {error}). Install it."
            return
        if not fits:
            yield f"the main of {role.service} is {role.main!r}. It is `package.module:function`."


def _rights(arm: Arm, name: str) -> Iterator[str]:
    """What it asks for on its server: what services say, and single commands on single keys under its own hash tag."""
    if strange := sorted(set(arm.door_reads) - {*DOOR_READS}):
        yield f"its door reads {_list(strange)}. It reads what every door shows, compose.arm.DOOR_READS, or less."
    for role in arm.roles:
        for stream in role.hears:
            if not _may_hear(role, stream):
                yield f"{role.service} hears {stream!r}. It hears compose.arm.ANSWERS, its own commands, its own keys."
        for each in " ".join((role.needs, *(commands for _, commands in role.beside))).split():
            if each not in MAY_NEED:
                yield f"{role.service} wants the command {each!r}. Name single ones of common.store.acl.MAY_NEED."
        for key, _ in role.beside:
            if not _is_tagged(role, key):
                yield f"{role.service} wants the key {key!r}. Name it in full, {{{user_of(role)}}} its first braces."


def _may_hear(role: Role, stream: str) -> bool:
    own = stream.startswith(f"{{{user_of(role)}}}:") and _is_tagged(role, stream)
    return own or stream in (*ANSWERS, keys.commands(user_of(role)))


def _is_tagged(role: Role, key: str) -> bool:
    """Whether it is one key, and the server counts it among those of the role's user."""
    found = KEY.fullmatch(key)
    return found is not None and found[1] == user_of(role)


def _services(arm: Arm) -> list[str]:
    return [role.service for role in arm.roles]


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
