"""Judges a calibration from its folder alone: records in, `summary.json` out. Judging again gives the same summary."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.calibrate import checks, delay, loss, price, same, trust
from benchmarks.calibrate.floor import noise_floor
from benchmarks.calibrate.plan import SAME, twins
from benchmarks.calibrate.records import CPU, Records, Seen
from benchmarks.judge.clocks import CLOCKS, SHARES, pair_of, rounded
from benchmarks.statistics import Estimate, Sample, mean_over_blocks, over_blocks

SUMMARY_FILE = "summary.json"


def judge(folder: Path) -> dict[str, Any]:
    """The summary, also written to the folder. Raises RunUnusable when there is nothing to judge."""
    records = Records.read(folder)
    manifest, each_start, together = records.manifest, same.comparisons(records), same.over_all(records)
    lost = loss.losses(records)
    summary: dict[str, Any] = {
        "experiment": manifest["experiment"],
        "question": manifest["question"],
        "seed": manifest["seed"],
        "partial": manifest["partial"],
        "withheld": manifest["lost"] or manifest["spoiled"],
        "calibration": manifest["calibration"],
        "arms": {arm: _arm(records, arm) for arm in records.arms},
        "comparisons": together,
        "same": {
            "starts": len({row["start"] for row in each_start}),
            "each": each_start,
            "half_widths": same.half_widths(records),
            "false_positives": same.false_positives(each_start),
        },
        "delay": delay.delays(records),
        "loss": {"arms": lost, "together": loss.together(lost)},
        "price": price.price(records),
        "verdicts": [],
        "blast_radius": [],
    }
    summary["checks"] = checks.all_of(records, summary)
    summary["noise_floor"] = noise_floor(records, together)
    summary["ok"] = _ok(summary)
    summary |= {"noisy": list(_noisy(summary)), "unmeasured": list(_unmeasured(summary))}
    summary["answer"] = _answer(summary)
    summary["trust"] = trust.table(summary)
    summary["findings"] = trust.findings(summary)
    _write(folder / SUMMARY_FILE, summary)
    return summary


def _ok(summary: Mapping[str, Any]) -> bool:
    """A run that was not cut short owes every check."""
    return not summary["withheld"] and bool(summary["checks"]) and all(check["ok"] for check in summary["checks"])


def _noisy(summary: Mapping[str, Any]) -> Iterator[str]:
    """Arms in which a known delay could not be told from nothing, honestly."""
    return (row["arm"] for row in summary["delay"] if row["held"] and not row["shown"])


def _unmeasured(summary: Mapping[str, Any]) -> Iterator[str]:
    """Arms of which no order was to be lost, by chance."""
    return (row["arm"] for row in summary["loss"]["arms"] if row["held"] is None)


def _answer(summary: Mapping[str, Any]) -> str:
    """yes, no, not now, not known, or withheld. Only a yes keeps the floor."""
    if summary["withheld"]:
        return "withheld"
    if not all(check["ok"] for check in summary["checks"]):
        return "no"
    if summary["partial"] or summary["unmeasured"]:
        return "not known"
    return "not now" if summary["noisy"] or summary["same"]["false_positives"]["too_often"] else "yes"


def _arm(records: Records, arm: str) -> dict[str, Any]:
    """Over both twins of all starts: they are the same arm."""
    names = twins(arm)
    rows, seen = records.rows(SAME, *names), [each for name in names for each in records.seen(SAME, name)]
    ends = Counter(str(row["status"]) for row in rows)
    sent = [row for row in rows if row.get("sent_ms") is not None]
    return {
        "pattern": records.manifest["patterns"][arm],
        "orders": {
            "due": len(rows),
            "sent": len(sent),
            "accepted": sum(1 for row in sent if row.get("accepted_ms") is not None),
            **{status: ends[status] for status in ("completed", "cancelled", "failed", "open")},
        },
        "latency_ms": {clock: _latency([each.sample(clock) for each in seen]) for clock in CLOCKS},
        "cost": _cost(seen),
    }


def _latency(blocks: Sequence[Sample]) -> dict[str, Any]:
    together = sum(blocks, Sample(()))
    found = {name: over_blocks(blocks, share) for name, share in SHARES.items()}
    return {
        "count": together.count,
        "censored": together.censored,
        "max": rounded(max(together.values)) if together.values and not together.censored else None,
        **{name: rounded(each.value) for name, each in found.items()},
        **{f"{name}_interval": pair_of(each.interval) for name, each in found.items()},
    }


def _cost(seen: Sequence[Seen]) -> dict[str, Any]:
    own = [each.own(CPU) for each in seen]
    known = [each for each in own if each is not None]
    cpu = mean_over_blocks(known) if len(known) == len(own) else Estimate(None, None, 0, "blocks")
    unmeasured = dict.fromkeys(("messages_per_order", "bytes_per_order", "memory_mib"))
    return {CPU: rounded(cpu.value), f"{CPU}_interval": pair_of(cpu.interval)} | unmeasured


def _write(path: Path, summary: dict[str, Any]) -> None:
    """All of it or nothing: a reader never sees half a summary."""
    half = path.with_suffix(".json.part")
    half.write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(half, path)
