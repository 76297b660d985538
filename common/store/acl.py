"""Who may do what on an arm's server, as allow-lists: nothing is permitted that is not named here.

A deny-list leaves holes: with one, a service could UNLINK, RENAME, COPY over or XSETID another's stream.
A script is checked against ONE rule set for all its keys, and each command inside it again: so it can touch
its own service's keys only. Which service hears which stream is not decided here: the arm's table says that.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Version = tuple[int, ...]

CONNECTION = "ping hello auth time client|id client|setname client|getname"
SETINFO = "client|setinfo"  # client libraries send it; a server before 7.2 refuses a file that names it
SETINFO_SINCE: Version = (7, 2)
STATE = (
    "exists type get set incr incrby hget hmget hset hsetnx hdel hincrby hexists hgetall hlen hkeys"
    " zadd zrem zscore zcard zcount zrange zrangebyscore zremrangebyscore"
    " lpush rpush lpop lrange llen lindex sadd srem smembers sismember scard srandmember smove"
    " del unlink expire pexpire persist"
)
STREAMS = "xadd xlen xrange xrevrange xread xdel xtrim xinfo|groups xinfo|stream"
TOGETHER = "eval evalsha script|load script|exists multi exec discard"
HEARING = "xreadgroup xack xautoclaim xclaim xpending"
"""What a reader of a stream needs, and all that it gets on another's: groups are made by an administrator."""

JOBS = "blmove lrem watch unwatch hincrbyfloat info|server"
"""What RQ needs beyond what every service may, in its keeper's own keys. Without the server's version it would take
jobs in a way that loses some."""

MAY_NEED = frozenset(
    f"{STATE} {STREAMS} {HEARING} {TOGETHER} {JOBS} xgroup|create xgroup|createconsumer xinfo|consumers"
    " append strlen getdel getex getrange setrange setex psetex setnx decr decrby incrbyfloat mget"
    " hmset hvals hscan hstrlen lset linsert lpos ltrim lmove lpushx rpushx rpop blpop brpop brpoplpush rpoplpush"
    " spop sscan sunion sinter sdiff zincrby zpopmin zpopmax bzpopmin bzpopmax zmscore zrank zrevrank zscan"
    " zrevrange zrevrangebyscore zrangebylex zremrangebyrank ttl pttl expireat pexpireat".split()
)
"""All that an arm of another package can ask for. Each names the keys it touches, so that a key pattern holds it back,
apart from KEYLESS."""

KEYLESS = "multi exec discard unwatch script|load script|exists info|server"
"""Harmless without keys: they bracket commands that name theirs, keep scripts whose commands name theirs, or tell the
server's version."""

COMMAND = re.compile(r"[a-z]+(?:\|[a-z]+)?")

LOOKING = (
    "exists type get hget hmget hgetall hlen hexists zcard zcount zscore zrange zrangebyscore"
    " lrange llen lindex smembers scard xlen xrange xrevrange xread multi exec discard"
)
AUDITING = (
    f"{LOOKING} scan hscan sscan zscan ttl pttl dbsize info memory|usage slowlog|get latency|latest"
    " xpending xinfo|stream xinfo|groups xinfo|consumers acl|whoami acl|log"
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user of one server and its rules, without its password."""

    name: str
    rules: tuple[str, ...]


def owner(
    service: str,
    hears: Iterable[str] = (),
    tells: Iterable[str] = (),
    needs: str = "",
    beside: Iterable[tuple[str, str]] = (),
) -> Account:
    """A service: does as it likes with its own keys; on others' streams it reads, acks and claims. Raises ValueError.

    `tells`: others' streams that it only appends to. `needs`: further commands in its own keys, such as JOBS.
    `beside`: keys that are not named after it, each with all the commands that it may give there.
    """
    own = (f"~{{{service}}}:*", *_may(f"{CONNECTION} {STATE} {STREAMS} {HEARING} {TOGETHER} {needs}"))
    others = (rule for key, commands in beside for rule in _selector([key], commands))
    return Account(service, (*own, *_selector(hears, HEARING), *_selector(tells, "xadd"), *others))


def _selector(streams: Iterable[str], commands: str) -> tuple[str, ...]:
    named = tuple(f"~{_whole(stream)}" for stream in sorted(streams))
    return (f"({' '.join((*named, *_may(commands)))})",) if named else ()


def reader(name: str, keys: Iterable[str]) -> Account:
    """One that looks at the named keys (patterns) and changes nothing. Raises ValueError."""
    return Account(name, (*(f"%R~{_whole(key)}" for key in keys), *_may(f"{CONNECTION} {LOOKING}")))


def auditor() -> Account:
    """One that looks at everything, the server's own figures included, and changes nothing."""
    return Account("auditor", ("%R~*", *_may(f"{CONNECTION} {AUDITING}")))


def admin() -> Account:
    """The lab itself: makes groups, sets counters, does what an experiment asks for."""
    return Account("admin", ("~*", "&*", "+@all"))


def fresh_passwords(accounts: Iterable[Account]) -> dict[str, str]:
    """A new password of 256 bits for each account."""
    return {account.name: secrets.token_hex(32) for account in accounts}


def acl_file(accounts: Sequence[Account], passwords: Mapping[str, str], version: Version) -> str:
    """The text of the server's ACL file. It holds hashes only; the default user is off."""
    users = [f"user {account.name} {' '.join(rules(account, passwords, version))}" for account in accounts]
    return "\n".join(["user default off resetpass resetkeys resetchannels -@all", *users, ""])


def rules(account: Account, passwords: Mapping[str, str], version: Version) -> list[str]:
    """What follows the user's name, in the file or in ACL SETUSER: from nothing, then what is allowed."""
    digest = hashlib.sha256(passwords[account.name].encode()).hexdigest()
    setinfo = _may(SETINFO) if version >= SETINFO_SINCE else ()
    root = [rule for rule in account.rules if not rule.startswith("(")]
    selectors = [rule for rule in account.rules if rule.startswith("(")]
    return ["reset", "on", f"#{digest}", "-@all", *root, *setinfo, *selectors]


def _may(commands: str) -> tuple[str, ...]:
    """Raises ValueError for what is no single command: `@all`, or the end of a selector."""
    if wrong := [each for each in commands.split() if not COMMAND.fullmatch(each)]:
        raise ValueError(f"not the name of a command: {wrong[0]!r}")
    return tuple(f"+{command}" for command in commands.split())


def _whole(pattern: str) -> str:
    """The pattern, when it is one rule and stays one. Raises ValueError: what follows a space is a rule of its own."""
    if not pattern or re.search(r"[\s()]", pattern):
        raise ValueError(f"not the pattern of a key: {pattern!r}")
    return pattern
