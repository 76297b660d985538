"""What must hold for the instrument to be trusted. Times are told beside these, and are no checks: a machine is slow at
times, and that is no fault of the instrument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.calibrate.plan import DELAY, LOSS, OVERHEAD, SAME, twins
from benchmarks.calibrate.price import OFFSET_MS_MAX
from benchmarks.calibrate.records import Records
from benchmarks.checkers import Check

SHOWN = 3
Of = tuple[str | None, Check]
"""An arm, or None for all together, and a check."""


def all_of(records: Records, summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As rows of the summary, `arm` null for all together; of a run that was cut short those of the parts it has."""
    found = [(None, _kept_up(records)), *_alike(records), *_none_lost(records)]
    found += [*_same(summary), *_delays(summary), *_losses(summary)]
    if summary["price"]["clock_offset_ms_max"] is not None:
        found.append((None, _clocks(records, summary["price"]["clock_offset_ms_max"])))
    if not summary["partial"] and not summary["withheld"]:
        found.append((None, _whole(records)))
    return [check.as_row() | {"arm": arm} for arm, check in found]


def _kept_up(records: Records) -> Check:
    skipped = sum(1 for row in records.orders if row.get("sent_ms") is None)
    if records.manifest["spoiled"]:
        return Check("load_kept_up", False, len(records.orders), str(records.manifest["spoiled"]))
    told = f"{skipped:,} of {len(records.orders):,} arrivals could not be sent in time"
    return Check("load_kept_up", not skipped, len(records.orders), told)


def _alike(records: Records) -> Iterator[Of]:
    """A twin that is set otherwise is no twin."""
    for arm in records.arms:
        a, b = twins(arm)
        seen = [each["conditions"] for each in records.told(SAME) if each.get("conditions")]
        other = {name for each in seen for name, value in each[a].items() if value is None or each[b][name] != value}
        fine = f"{len(seen[0][a]) if seen else 0} conditions were the same in both twins at every start"
        detail = f"the twins differ in {', '.join(sorted(other))}" if other else fine
        yield arm, Check("twins_alike", bool(seen) and not other, len(seen), detail)


def _none_lost(records: Records) -> Iterator[Of]:
    """The control of the planted loss: where none was planted, none is lost."""
    for arm in records.arms:
        rows = [row for part in (SAME, DELAY) for row in records.rows(part, *twins(arm)) if row.get("order_id")]
        open_ = [row for row in rows if row.get("closed_ms") is None]
        named = ", ".join(str(row["order_id"]) for row in open_[:SHOWN])
        told = f"{len(open_):,} of {len(rows):,} accepted orders were not closed: {named}"
        if not open_:
            told = f"{len(rows):,} orders were accepted where no loss was planted, and all are closed"
        yield arm, Check("none_lost_unplanted", bool(rows) and not open_, len(rows), told)


def _same(summary: Mapping[str, Any]) -> Iterator[Of]:
    """The control of the known delay: where none was put in, a difference is seen no more often than by chance."""
    seen = summary["same"]["false_positives"]
    if seen["held"] is not None:
        low, high = (f"{end * 100:.1f}" for end in seen["interval_of_the_check"])
        told = f"{seen['shown']} of {seen['comparisons']} comparisons of a thing with itself showed a difference"
        said = f"{told} (99.9 % interval {low} to {high} %; by chance {seen['nominal'] * 100:g} % do)"
        yield None, Check("same_is_same", seen["held"], seen["comparisons"], said)


def _delays(summary: Mapping[str, Any]) -> Iterator[Of]:
    for row in summary["delay"]:
        if row["held"] is not None:
            low, high = row["interval_ms"] or (None, None)
            between = (
                "no interval" if low is None else f"{row['confidence'] * 100:g} % interval {low:.2f} to {high:.2f}"
            )
            found = "nothing" if row["found_ms"] is None else f"{row['found_ms']:.2f} ms"
            told = f"{row['truth_ms'][0]:g} to {row['truth_ms'][1]:.2f} ms were put in, found {found}"
            said = f"{told} ({between}; {row['verdict'] if row['how'] == 'blocks' else 'pooled over blocks'})"
            said += "" if row["shown"] or not row["held"] else ": too wide now to tell it from nothing"
            yield row["arm"], Check("known_delay_found", row["held"], row["blocks"], said)


def _losses(summary: Mapping[str, Any]) -> Iterator[Of]:
    for row in summary["loss"]["arms"]:
        if row["held"] is None:
            continue  # none was to be lost: nothing was looked at
        told = f"{row['found']} of {row['accepted']:,} found lost, {row['lost']} were"
        told += "".join(f"; {name} {', '.join(row[name])}" for name in ("missed", "wrongly") if row[name])
        told += f"; {', '.join(row['others'])} fired as well" if row["others"] else ""
        yield row["arm"], Check("known_loss_found", row["held"], row["accepted"], told)
    together = summary["loss"]["together"]
    if together is not None:
        low, high = together["interval_of_the_check"]
        between = f"99.99 % interval {low * 100:.2f} to {high * 100:.2f} %"
        told = f"{together['share'] * 100:.2f} % of {together['accepted']:,} orders ({between})"
        yield None, Check("known_loss_share", together["held"], together["accepted"], f"{told}; planted was 1 in 100")


def _clocks(records: Records, offset_ms: float) -> Check:
    told = f"the clocks of load and stores lie {offset_ms:.3f} ms apart at most"
    return Check("clocks_agree", offset_ms <= OFFSET_MS_MAX, len(records.told(SAME)), told)


def _whole(records: Records) -> Check:
    """No part is missing that a whole run has."""
    done = [(str(each["part"]), int(each["start"])) for each in records.manifest["parts"] if each["whole"]]
    wanted = [*((SAME, start) for start in range(int(records.plan["starts"]))), (DELAY, 0), (LOSS, 0), (OVERHEAD, 0)]
    missing = [f"{part} {start}" for part, start in wanted if (part, start) not in done]
    detail = f"missing: {', '.join(missing)}" if missing else f"all {len(wanted)} parts were carried out"
    return Check("every_part_done", not missing, len(done), detail)
