"""The machine's noise floor: what it shows between a thing and itself. `harmony run calibrate` measures it and keeps it
beside the runs; every later run on the same machine takes it into its manifest, and its verdicts heed it.

A floor is a share of the value and not a time: what is measured later may be half as long or five times as long.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.runfolder import machine

FILE = "noise-floor.json"
"""In the folder where runs are kept."""

Floor = dict[str, Any]
"""`run` (its folder's name), `machine` (a sentence), `measured` (RFC 3339), `arms` that were asked, `relative` (measure
-> share of the value), `blocks` (a side) and `starts` behind it."""


def here(seen: Mapping[str, Any] | None = None) -> str:
    """Which machine this is, or which a manifest's `machine` was; the same sentence is the same machine to us."""
    told = machine() if seen is None else seen
    gib = round(float(told.get("memory_mib") or 0) / 1024)
    return f"{told.get('cpu') or 'unknown processor'}, {told.get('cores')} cores, {gib} GiB, {told.get('system')}"


def stored(out: Path) -> Floor | None:
    """The floor kept in `out` for this machine; None when there is none, and `missing` says why."""
    found = _read(out)
    return found if isinstance(found, dict) else None


def missing(out: Path) -> str | None:
    """Why no floor of this machine is in `out`, in a sentence with what to do; None when one is there."""
    found = _read(out)
    return found if isinstance(found, str) else None


def keep(out: Path, floor: Mapping[str, Any]) -> Path:
    """Write the floor in place of an earlier one, at once or not at all. Raises OSError, ValueError for no floor."""
    if trouble := _flaw(floor):
        raise ValueError(f"no noise floor: {trouble}")
    part = out / f".{FILE}-{os.getpid()}"
    part.write_text(json.dumps(floor, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / FILE)
    return out / FILE


def floor_ms(manifest: Mapping[str, Any], measure: str, *values: float | None) -> float | None:
    """What a difference of this measure must exceed, in the unit of the values; None when no floor is known.

    A run's manifest has a share of the value, which is taken of the mean of `values`, or, in older runs, {measure: ms}.
    """
    floor = manifest.get("noise_floor")
    if not isinstance(floor, Mapping):
        return None
    if not isinstance(floor.get("relative"), Mapping):
        return _number(floor.get(measure))
    share, known = _number(floor["relative"].get(measure)), [abs(value) for value in values if value is not None]
    return share * math.fsum(known) / len(known) if share is not None and known else None


def borrowed(floor: Mapping[str, Any], arms: Iterable[str]) -> list[str]:
    """Which of these arms the floor was not measured with; none when it does not say."""
    return [arm for arm in arms if floor.get("arms") and arm not in floor["arms"]]


def _read(out: Path) -> Floor | str:
    file = out / FILE
    try:
        floor = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "no noise floor of this machine is known: `harmony run calibrate` measures it"
    except (OSError, ValueError) as error:
        return f"{file.name} cannot be read ({error}): `harmony run calibrate` measures the noise floor anew"
    if trouble := _flaw(floor):
        return f"{file.name} is no noise floor ({trouble}): `harmony run calibrate` measures it anew"
    if floor["machine"] != here():
        other = f"the noise floor in {file.name} is of another machine ({floor['machine']})"
        return f"{other}: `harmony run calibrate` measures it here"
    return dict(floor)


def _flaw(floor: object) -> str | None:
    if not isinstance(floor, Mapping):
        return "not an object"
    if absent := [name for name in ("run", "machine", "measured", "relative") if not floor.get(name)]:
        return f"without {' and '.join(absent)}"
    shares = floor["relative"]
    if not isinstance(shares, Mapping) or any(_number(share) is None for share in shares.values()):
        return "its shares are not numbers from 0 up"
    return None


def _number(value: object) -> float | None:
    """A finite number from 0 up, else None."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if usable and isinstance(value, int | float) else None
