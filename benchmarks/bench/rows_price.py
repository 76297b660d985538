"""H1: the price of the HTTP client beside the price of the pattern, in CPU ms per order, all in one run."""

from __future__ import annotations

from benchmarks.bench.figure import Figure
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate, difference, ratio, times
from benchmarks.bench.row import Row, Say, cost
from benchmarks.bench.started import COMMANDS, EVENTS, HTTP, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks, per_order

CHOREOGRAPHY_HTTP = "choreography-http"
ARMS = (HTTP, CHOREOGRAPHY_HTTP, COMMANDS, EVENTS)
PLAIN = "orchestration-http, plain httpx"
IN_FLIGHT, COUNT, PAIRS = 32, 120, 8


async def h1(orders: Orders, seed: int, say: Say) -> Row:
    """What plain httpx costs more than httpx on aiohttp, beside what orchestration costs more than choreography."""
    with lab(orders, seed, *ARMS) as started, lab(orders, seed, HTTP, http_client="httpx") as plain:
        systems: dict[str, System] = {arm: started.doored(IN_FLIGHT, arm) for arm in ARMS}
        systems[PLAIN] = plain.doored(IN_FLIGHT)
        batches = await in_blocks(systems, dict.fromkeys(systems, COUNT), PAIRS, seed, say)
    cpu_ms = dict(zip(systems, per_order(batches, *systems), strict=True))
    figures = _figures(cpu_ms)
    return Row(
        "H1",
        "the price of the HTTP client (plain httpx over httpx on aiohttp) beside that of the pattern: CPU per order",
        "",
        _told(*(each.found for each in figures)),
        None,
        "itself on plain httpx",
        figures,
        batches,
        (
            *(cost(name, each) for name, each in batches.items()),
            f"{COUNT} orders a batch, {PAIRS} batches of each in turn, {IN_FLIGHT} in flight, with their doors",
            "the pattern: orchestration less choreography on the same wire, both over HTTP on the default client",
        ),
        reported=True,
    )


def _figures(cpu_ms: dict[str, list[float]]) -> tuple[Figure, ...]:
    client = _more(cpu_ms, PLAIN, HTTP)
    over_http, on_streams = _more(cpu_ms, HTTP, CHOREOGRAPHY_HTTP), _more(cpu_ms, COMMANDS, EVENTS)
    return (
        Figure("the client: plain httpx less httpx on aiohttp", difference(cpu_ms[PLAIN], cpu_ms[HTTP]), unit="ms"),
        Figure("the client: plain httpx over httpx on aiohttp", ratio(cpu_ms[PLAIN], cpu_ms[HTTP])),
        Figure(
            "the pattern over HTTP: orchestration less choreography",
            difference(cpu_ms[HTTP], cpu_ms[CHOREOGRAPHY_HTTP]),
            unit="ms",
        ),
        Figure(
            "the pattern on streams: orchestration less choreography",
            difference(cpu_ms[COMMANDS], cpu_ms[EVENTS]),
            unit="ms",
        ),
        Figure("the client's price over the pattern's, over HTTP", times(client, over_http)),
        Figure("the client's price over the pattern's, on streams", times(client, on_streams)),
    )


def _more(cpu_ms: dict[str, list[float]], dear: str, cheap: str) -> list[float]:
    return [a - b for a, b in zip(cpu_ms[dear], cpu_ms[cheap], strict=True)]


def _told(
    client: Estimate, factor: Estimate, over_http: Estimate, on_streams: Estimate, http: Estimate, streams: Estimate
) -> str:
    return (
        f"the client costs {client.told()} ms an order ({factor.told()}x), the pattern {over_http.told()} ms over HTTP"
        f" ({_many(http)}) and {on_streams.told()} ms on streams ({_many(streams)})"
    )


def _many(found: Estimate) -> str:
    """Nothing bounds how many times nothing something is."""
    return "which may be none" if found.low is None else f"the client costs {found.told()} times that"
