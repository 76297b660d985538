"""Of one arm: how much it carries, what an order costs at that rate, and who is at the limit beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.capacity.loading import REDIS
from benchmarks.capacity.outcome import Outcome, real
from benchmarks.capacity.plan import TOO_MUCH
from benchmarks.capacity.records import Put, Records
from benchmarks.capacity.search import Try, bracket, knee, tallies
from benchmarks.statistics import Estimate, Sample, mean_over_blocks, over_blocks, quantile

FULL = 0.85  # of a core: a process of one thread that uses so much has queues of its own
BUSY = 0.90  # of all cores
QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))

Judged = dict[str, Any]


def probes(records: Records, arm: str) -> list[Judged]:
    """A row for each probe, as they came."""
    found = [(put, put.outcome(records.slo_s)) for put in records.of(arm, "probe")]
    return [
        {
            "arm": arm,
            "number": put.row["number"],
            "rate": round(put.rate, 2),
            "due": out.due,
            "within": out.within,
            "share": out.share,
            "growth_s": round(out.growth_s, 4),
            "open_s": round(out.open_s, 4),
            "late_s": round(out.late_s, 4),
            "skipped": out.skipped,
            "lab": put.row["lab"],
            "verdict": out.verdict,
            "cores_busy": round(put.row["cores_busy"], 3),
        }
        for put, out in found
    ]


def capacity(records: Records, arm: str) -> Judged:
    """The highest rate that is carried (orders/s), its interval, and whose limit that is.

    `limit`: `arm`; `load`: above it the load generator could not send; `none`: no rate was too high; `unknown`: no rate
    was low enough. `starts`: of the arm, in which it was probed; `too_much`: by this share the rate may be too high.
    """
    tried = [(put.rate, put.outcome(records.slo_s)) for put in records.of(arm, "probe")]
    tries = [Try(rate, out.verdict == "carried") for rate, out in tried]
    found, (_, above) = knee(tries), bracket(tallies(tries))
    limit = "unknown" if found.rate is None else "none" if above is None else _whose(tried, above)
    return {
        "rate": found.rate,
        "interval": [found.low, found.high if limit == "arm" else None],
        "above": above,
        "limit": limit,
        "tries": found.tries,
        "starts": len({put.row["lab"] for put in records.of(arm, "probe")}),
        "too_much": TOO_MUCH,
        "cut": arm in (records.manifest.get("search_cut") or ()),
    }


def at_the_knee(records: Records, arm: str, carried: Judged) -> list[Put]:
    """The probes at the highest rate that is carried."""
    rate = carried["rate"]
    return [put for put in records.of(arm, "probe") if put.rate == rate]


def cost(puts: Sequence[Put]) -> Judged:
    """Of one order at the knee. Per CPU-second: accepted orders for each second of the arm's processor time.

    Unknown when a process could not be seen in one of the probes.
    """
    seen = [(put.cpu_ms, orders) for put in puts if (orders := _accepted(put))]
    cpu = [ms / orders for ms, orders in seen if ms is not None]
    cpu = cpu if len(cpu) == len(seen) else []
    each = mean_over_blocks(cpu)
    memory = [put.row["memory_mib"] for put in puts if put.row["memory_mib"] is not None]
    return {
        "cpu_ms_per_order": each.value,
        "cpu_ms_per_order_interval": each.interval,
        "cpu_ms_per_order_by_probe": cpu,
        "orders_per_cpu_s": None if not each.value else 1000 / each.value,
        "messages_per_order": _counted(puts, "messages"),
        "bytes_per_order": _counted(puts, "bytes"),
        "memory_mib": max(memory, default=None),
    }


def latencies(puts: Sequence[Put]) -> Judged:
    """Accepted and closed, from due, at the knee; what is decided was not read."""
    return {clock: _latency(puts, f"{clock}_ms") if clock != "decided" else None for clock in _CLOCKS}


def saturation(records: Records, arm: str, carried: Judged) -> Judged | None:
    """Who uses how much of a core at the lowest rate that is not carried; at the knee where none was found.

    `first` is None when a process could not be seen: it may be the one.
    """
    rate = carried["above"] or carried["rate"]
    puts = [put for put in records.of(arm, "probe") if put.rate == rate]
    if not puts:
        return None
    shares = _shares(puts)
    known = {name: share for name, share in shares.items() if share is not None}
    first = max(known, key=lambda name: known[name]) if known and len(known) == len(shares) else None
    busy = sum(put.row["cores_busy"] for put in puts) / len(puts)
    return {
        "rate": rate,
        "shares": shares,
        "first": first,
        "first_full": first is not None and known[first] >= FULL,
        "cores": records.cores,
        "cores_busy": busy,
        "cores_load": _mean([put.row["cores_generator"] for put in puts]),
        "cores_others": _mean([put.others for put in puts]),
        "machine_full": busy >= BUSY * records.cores,
    }


_CLOCKS = ("accepted", "decided", "closed")


def _whose(tried: Sequence[tuple[float, Outcome]], above: float) -> str:
    said = Counter(out.verdict for rate, out in tried if rate == above and out.verdict != "carried")
    return "load" if said["not sent"] * 2 > said.total() else "arm"


def _shares(puts: Sequence[Put]) -> dict[str, float | None]:
    """Process -> cores used, on average while the loads went on; None when it was not seen in one of them."""
    names = dict.fromkeys(name for put in puts for name in put.row["cpu_ms"])
    used = {name: _mean([_cores(put, name) for put in puts]) for name in names}
    return dict(sorted(used.items(), key=lambda each: (each[0] == REDIS, -(each[1] or 0.0))))


def _cores(put: Put, name: str) -> float | None:
    ms = put.row["cpu_ms"].get(name)
    return None if ms is None else float(ms) / 1000 / float(put.row["seconds_in_all"])


def _accepted(put: Put) -> int:
    return sum(1 for row in put.orders if row.get("order_id"))


def _counted(puts: Sequence[Put], name: str) -> float | None:
    known = [put for put in puts if put.row.get(name) is not None]
    orders = sum(map(_accepted, known))
    return sum(put.row[name] for put in known) / orders if orders else None


def _latency(puts: Sequence[Put], clock: str) -> Judged:
    samples = [_sample(put, clock) for put in puts]
    whole = sum(samples, Sample(()))
    told: dict[str, Estimate] = {name: over_blocks(samples, share) for name, share in QUANTILES}
    return {
        "count": whole.count,
        "censored": whole.censored,
        **{name: each.value for name, each in told.items()},
        "max": quantile(whole, 1.0) if whole.count else None,
        **{f"{name}_interval": each.interval for name, each in told.items()},
    }


def _sample(put: Put, clock: str) -> Sample:
    orders = real(put.orders)
    done = [float(row[clock]) - row["due_ms"] for row in orders if row.get(clock) is not None]
    return Sample(done, len(orders) - len(done))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def ratio(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[float | None, list[float | None]]:
    """How many times b's capacity a's is, from the least to the most that both intervals allow."""
    if a["rate"] is None or b["rate"] is None:
        return None, [None, None]
    (a_low, a_high), (b_low, b_high) = a["interval"], b["interval"]
    return a["rate"] / b["rate"], [_over(a_low, b_high), _over(a_high, b_low)]


def _over(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None
