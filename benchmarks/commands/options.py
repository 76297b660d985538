"""The options that many commands share, and how their texts become values. A wrong one is a usage error (exit 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from benchmarks.commands.nearest import no_such
from benchmarks.commands.programs import typable

FLAG = " "  # Typer would write <bool> beside a switch
DEFAULT_ARMS = "orchestration-http,choreography-streams"
ALL = "all"

Arms = Annotated[str, typer.Option("--arms", metavar="A,B", help="The arms, separated by commas; all: the lab's own.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Decides orders, arrivals and faults.")]
Json = Annotated[bool, typer.Option("--json", metavar=FLAG, help="Data on stdout, progress on stderr.")]
RedisUrl = Annotated[
    list[str] | None,
    typer.Option("--redis-url", metavar="ARM=URL", help="Your own Redis for an arm; one server per arm."),
]
Replicas = Annotated[
    list[str] | None,
    typer.Option("--replicas", metavar="SERVICE=N", help="So many processes of a service: payment=2,orchestrator=2."),
]
AllowUnequal = Annotated[
    str, typer.Option("--allow-unequal", metavar="A,B", help="Conditions in which the arms may differ, for once.")
]


def wrong(sentence: str) -> typer.BadParameter:
    """A usage error."""
    return typer.BadParameter(typable(sentence))


def unknown(
    what: str, given: str, known: Iterable[str], where: str = "", longer: Iterable[str] = ()
) -> typer.BadParameter:
    """A usage error for a name that does not exist, with the nearest ones that do, and all of them (see `nearest`)."""
    return wrong(no_such(what, given, known, where, longer))


def listed(text: str) -> tuple[str, ...]:
    """`a, b,a` -> a and b: every name once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def arms(text: str) -> tuple[str, ...]:
    """`a,b` -> the arms, each known and named once; `all` is the lab's own, and outside ones may stand beside it."""
    from compose.arms import ARMS, OWN, unfit

    twice = [name for name, times in Counter(listed(text)).items() if times > 1]
    if twice:
        raise wrong(f"--arms names {twice[0]} twice: an arm beside itself is `harmony run calibrate`.")
    names = tuple(dict.fromkeys(name for each in listed(text) for name in (OWN if each == ALL else (each,))))
    if not names:
        raise wrong(f"--arms names no arm. Arms are {', '.join(ARMS)}, and {ALL} for the lab's own.")
    for name in names:
        if name not in ARMS:
            raise wrong(unfit(name)) if unfit(name) else unknown("arm", name, ARMS)
    return names


def allowed(text: str) -> tuple[str, ...]:
    """`appendfsync,deadline_s` -> conditions that the ledger holds equal, each known."""
    from benchmarks.ledger import EQUAL

    for name in listed(text):
        if name not in EQUAL:
            raise unknown("condition", name, EQUAL)
    return listed(text)


def replicas(values: list[str] | None, chosen: tuple[str, ...]) -> dict[str, int]:
    """`payment=2,orchestrator=2` -> service and count; each service is in one of the chosen arms at least."""
    from compose.arms import ARMS

    services = tuple(dict.fromkeys(role.service for arm in chosen for role in ARMS[arm].roles))
    counts: dict[str, int] = {}
    for pair in (part.strip() for value in values or () for part in value.split(",") if part.strip()):
        service, equals, count = (part.strip() for part in pair.partition("="))
        if not equals:
            raise wrong(f"--replicas takes SERVICE=N, such as payment=2, not {pair!r}.")
        if service not in services:
            raise unknown("service", service, services, f"in {' or '.join(chosen)}")
        if service in counts:
            raise wrong(f"--replicas names {service} twice: {service}={counts[service]} and {pair}.")
        counts[service] = _count(service, count)
    return counts


def _count(service: str, text: str) -> int:
    from compose.arm import REPLICAS_MAX

    count = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= count <= REPLICAS_MAX:
        near = f": did you mean {service}={min(count, REPLICAS_MAX)}?" if count else "."
        raise wrong(f"{service} can have 1 to {REPLICAS_MAX} replicas, not {text!r}{near}")
    return count


def port_base(first: int, arms: int) -> int:
    """A port from which there is room for a block per arm, below those that systems hand out; 0 for any."""
    from compose.local.ports import PORT_LAST, PORT_LEAST, ports_of

    last = PORT_LAST + 1 - len(ports_of(0, arms))
    if first and not PORT_LEAST <= first <= last:
        raise wrong(f"--port-base is {PORT_LEAST} to {last} for {arms} arms, or 0 to find free ports, not {first}.")
    return first


def redis_urls(values: list[str] | None, chosen: tuple[str, ...]) -> dict[str, str]:
    """`ARM=URL` pairs, one server for each arm at most."""
    urls: dict[str, str] = {}
    for value in values or []:
        arm, equals, url = value.partition("=")
        if not equals or "://" not in url:
            raise wrong(f"--redis-url takes ARM=URL, such as {chosen[0]}=redis://127.0.0.1:6379/0, not {value!r}.")
        if arm not in chosen:
            raise unknown("chosen arm", arm, chosen)
        if url in urls.values():
            raise wrong(f"Two arms on {url}: every arm needs a server of its own.")
        urls[arm] = url
    return urls
