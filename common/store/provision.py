"""Makes a server fit for an arm: its mark, the readers' groups, the opening balance; abroad, the users too.

Done at every start of the lab and after every restart of a server: a step leaves alone what is there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis, exceptions

from common.domain.catalogue import catalogue
from common.store import keys
from common.store.acl import Account, Version, rules
from common.store.binary import VERSION_MIN

Group = tuple[str, str]
"""A stream, and the service that hears it: the group bears the service's name."""


class Refused(Exception):
    """This server cannot serve this arm. The text is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an arm needs on its server."""

    arm: str
    groups: tuple[Group, ...]
    counters: Mapping[str, Mapping[str, int]]  # service -> counter -> opening balance


def opening_balance(seed: int, skus: int) -> dict[str, dict[str, int]]:
    """What each service counts, and how much of it there is before the first order."""
    return {
        "inventory": {f"stock:{sku}": units for sku, units in catalogue(seed, skus).stock.items()},
        "payment": {"till": 0},
        "shipping": {"parcels": 0},
        "notification": {"confirmations": 0, "apologies": 0},
    }


def provision(redis: Redis, needs: Needs) -> None:
    """Make what is missing. Raises Refused when the server is another arm's or somebody else's."""
    _claim(redis, needs.arm)
    for stream, group in needs.groups:
        _make_group(redis, stream, group)
    for service, counters in needs.counters.items():
        _open_counters(redis, service, counters)


def make_users(redis: Redis, accounts: Sequence[Account], passwords: Mapping[str, str]) -> None:
    """Make the accounts on a server that is not ours to configure. Raises Refused when it is too old."""
    version = server_version(redis)
    if version < VERSION_MIN:
        raise Refused(f"The server is version {'.'.join(map(str, version))}: name one that is 7.0 or newer.")
    for account in accounts:
        _acl(redis, "SETUSER", account.name, *rules(account, passwords, version))


def drop_users(redis: Redis, accounts: Iterable[Account]) -> None:
    """Take the accounts away again."""
    _acl(redis, "DELUSER", *(account.name for account in accounts))


def server_version(redis: Redis) -> Version:
    """The version of Redis whose dialect the server speaks."""
    told: Any = redis.info("server")
    return tuple(int(part) for part in str(told["redis_version"]).split("."))


def _acl(redis: Redis, *words: str) -> None:
    ask: Any = redis.execute_command  # which has no types
    ask("ACL", *words)


def _claim(redis: Redis, arm: str) -> None:
    mark: Any = redis.get(keys.ARM)
    if mark is None and redis.dbsize():
        raise Refused(f"The server for {arm} holds foreign data: give the arm an empty server of its own.")
    if mark is None:
        redis.set(keys.ARM, arm, nx=True)
        mark = redis.get(keys.ARM)  # another lab may have been quicker
    if mark != arm:
        raise Refused(f"The server for {arm} belongs to {mark!s}: give each arm a server of its own.")


def _make_group(redis: Redis, stream: str, group: str) -> None:
    try:
        redis.xgroup_create(stream, group, id="0", mkstream=True)
    except exceptions.ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):  # it is there already
            raise


def _open_counters(redis: Redis, service: str, counters: Mapping[str, int]) -> None:
    if redis.exists(keys.counters(service)):
        return
    with redis.pipeline(transaction=True) as both:  # never one without the other: the audit compares them
        balance: Any = dict(counters)
        both.hset(keys.initial(service), mapping=balance)
        both.hset(keys.counters(service), mapping=balance)
        both.execute()
