"""The options that many commands share, and how their texts become values. A wrong one is a usage error (exit 2)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated

import typer

from benchmarks.commands.programs import typable

FLAG = " "  # Typer would write <bool> beside a switch
DEFAULT_ARMS = "orchestration-http,choreography-streams"

Arms = Annotated[str, typer.Option("--arms", metavar="A,B", help="The arms, separated by commas.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Decides orders, arrivals and faults.")]
Json = Annotated[bool, typer.Option("--json", metavar=FLAG, help="Data on stdout, progress on stderr.")]
RedisUrl = Annotated[
    list[str] | None,
    typer.Option("--redis-url", metavar="ARM=URL", help="Your own Redis for an arm; one server per arm."),
]


def wrong(sentence: str) -> typer.BadParameter:
    """A usage error."""
    return typer.BadParameter(typable(sentence))


def unknown(what: str, given: str, known: Iterable[str]) -> typer.BadParameter:
    """A usage error for a name that does not exist, with the nearest ones that do, and all of them."""
    names = list(known)
    near = difflib.get_close_matches(given, names, n=2, cutoff=0.5)
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    return wrong(f"There is no {what} {given!r}.{guess} There is: {', '.join(names) or 'none'}.")


def arms(text: str) -> tuple[str, ...]:
    """`a,b` -> the arms, each known and named once."""
    from compose.arms import ARMS

    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise wrong(f"--arms names no arm. There is: {', '.join(ARMS)}.")
    for name in names:
        if name not in ARMS:
            raise unknown("arm", name, ARMS)
    return names


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
