"""Of one arm: how much it carries, what an order costs at that rate, and who is at the limit beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.capacity.loading import REDIS
from benchmarks.capacity.outcome import Outcome, real
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
            "verdict": out.verdict,
            "cores_busy": round(put.row["cores_busy"], 3),
        }
        for put, out in found
    ]


def capacity(records: Records, arm: str) -> Judged:
    """The highest rate that is carried (orders/s), its interval, and whose limit that is.

    `limit`: `arm`; `load`: above it the load generator could not send; `none`: no rate was too high; `unknown`: no rate
    was low enough.
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
        "cut": arm in (records.manifest.get("search_cut") or ()),
    }


def at_the_knee(records: Records, arm: str, carried: Judged) -> list[Put]:
    """The probes at the highest rate that is carried."""
    rate = carried["rate"]
    return [put for put in records.of(arm, "probe") if put.rate == rate]


def cost(puts: Sequence[Put]) -> Judged:
    """Of one order at the knee. Per CPU-second: accepted orders for each second of the arm's processor time."""
    cpu = [_cpu_ms(put) / orders for put in puts if (orders := _accepted(put))]
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
    """Who uses how much of a core at the lowest rate that is not carried; at the knee where none was found."""
    rate = carried["above"] or carried["rate"]
    puts = [put for put in records.of(arm, "probe") if put.rate == rate]
    if not puts:
        return None
    shares = _shares(puts)
    first = max(shares, key=lambda name: shares[name])
    busy, load = _mean([put.row["cores_busy"] for put in puts]), _generator(puts)
    return {
        "rate": rate,
        "shares": shares,
        "first": first,
        "first_full": shares[first] >= FULL,
        "cores": records.cores,
        "cores_busy": busy,
        "cores_load": load,
        "cores_others": _mean([put.others for put in puts]),
        "machine_full": busy >= BUSY * records.cores,
    }


_CLOCKS = ("accepted", "decided", "closed")


def _whose(tried: Sequence[tuple[float, Outcome]], above: float) -> str:
    said = Counter(out.verdict for rate, out in tried if rate == above and out.verdict != "carried")
    return "load" if said["not sent"] * 2 > said.total() else "arm"


def _shares(puts: Sequence[Put]) -> dict[str, float]:
    """Process -> cores used, on average while the loads went on."""
    names = dict.fromkeys(name for put in puts for name in put.row["cpu_ms"])
    used = {
        name: _mean([(put.row["cpu_ms"].get(name) or 0.0) / 1000 / put.row["seconds_in_all"] for put in puts])
        for name in names
    }
    return dict(sorted(used.items(), key=lambda each: (each[0] == REDIS, -each[1])))


def _generator(puts: Sequence[Put]) -> float | None:
    known = [put.row["cores_generator"] for put in puts if put.row["cores_generator"] is not None]
    return _mean(known) if known else None


def _cpu_ms(put: Put) -> float:
    return float(sum(ms or 0.0 for ms in put.row["cpu_ms"].values()))


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


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def ratio(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[float | None, list[float | None]]:
    """How many times b's capacity a's is, from the least to the most that both intervals allow."""
    if a["rate"] is None or b["rate"] is None:
        return None, [None, None]
    (a_low, a_high), (b_low, b_high) = a["interval"], b["interval"]
    return a["rate"] / b["rate"], [_over(a_low, b_high), _over(a_high, b_low)]


def _over(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None
