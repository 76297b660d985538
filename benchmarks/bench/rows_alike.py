"""G14: the instrument against itself, by a calibration of its own: how wide its intervals are, and how often it errs.

`harmony run calibrate` asks more, of more arms; here it is asked about one, and the noise floor that it finds stays
with its own folder.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench.batch import Lost
from benchmarks.bench.figure import Figure, Verdict, all_of, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate
from benchmarks.bench.row import Row, Say
from benchmarks.bench.started import EVENTS
from benchmarks.calibrate import goals

OUT = Path("runs") / "bench"
LEAVES_S = 30.0  # for a calibration that was interrupted to end its labs
NAMES = {
    "closed_ms_p50": "closed p50",
    "accepted_ms_p50": "accepted p50",
    "closed_ms_p99": "closed p99",
    "cpu_ms_per_order": "CPU",
}


async def g14(orders: Orders, seed: int, say: Say) -> Row:
    """Two instances of one arm, A against A: half-widths, and false positives over separately started pairs."""
    folder = await _calibrated(seed, say)
    try:
        withheld = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["withheld"]
        found = goals.of(folder)
    except (OSError, ValueError, KeyError) as error:
        raise Lost(f"the calibration in {folder} cannot be read: {error}") from error
    if withheld or found["partial"]:
        raise Lost(f"the calibration in {folder} is not whole: {withheld or 'it was interrupted'}")
    return told(found, folder)


def told(found: dict[str, Any], folder: Path) -> Row:
    """The row of a judged calibration."""
    figures = tuple(_figure(each) for each in found["half_widths"] if each["half_width"] is not None)
    first = found["half_widths"][0]
    errs, unseen = found["false_positives"], [each for each in found["half_widths"] if each["half_width"] is None]
    return Row(
        "G14",
        f"A/A: two instances of {EVENTS}: half-width of the 95 % interval over 20 blocks a side, false positives",
        "≤ 7 % p50, ≤ 9 % p99, ≤ 4 % CPU; false positives include 5 %",
        f"{', '.join(_told(each) for each in found['half_widths'])}; {_errs(errs)}",
        None if unseen or errs["met"] is None else _verdict(figures, errs["met"]),
        "itself, started separately",
        figures,
        notes=(
            f"{first['starts']} separately started pairs, {first['blocks']} blocks a side in all, under an open loop",
            "blocks of one start are never relabelled: a comparison is of one pair, by the lab's own rule",
            f"the calibration, with its report: {folder}",
        ),
    )


def _figure(each: dict[str, Any]) -> Figure:
    share = Estimate(100 * each["half_width"], None, None, each["blocks"])
    return Figure(f"half-width, {NAMES.get(each['measure'], each['measure'])}", share, "≤", 100 * each["goal"], "%")


def _verdict(figures: Sequence[Figure], includes: bool) -> Verdict:
    """Of the half-widths, and of whether the interval of the false positives includes what it should."""
    widths = judged(figures) or Verdict(False)
    return all_of(widths, Verdict(includes))


def _told(each: dict[str, Any]) -> str:
    name = NAMES.get(each["measure"], each["measure"])
    return f"{name} not seen" if each["half_width"] is None else f"{name} {each['half_width']:.1%}"


def _errs(errs: dict[str, Any]) -> str:
    if errs["interval"] is None:
        return "false positives not seen"
    low, high = errs["interval"]
    return f"false positives {errs['shown']} of {errs['comparisons']} [{low:.0%}-{high:.0%}]"


async def _calibrated(seed: int, say: Say) -> Path:
    """Its folder. When we are cancelled it is interrupted, and waited for, so that its labs are gone. Raises Lost."""
    before = set(_runs())
    asked = ["run", "calibrate", "--arms", EVENTS, "--seed", str(seed), "--out", str(OUT)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from benchmarks.cli import main; main()", *asked),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        last = await _heard(process, say)
        await process.wait()
    finally:
        await _ended(process)
    made = sorted(set(_runs()) - before)
    if not made or not (made[-1] / "summary.json").exists():
        raise Lost(f"the calibration came to nothing: {last}")
    return made[-1]


async def _heard(process: asyncio.subprocess.Process, say: Say) -> str:
    """Its last words; all of them are told as it goes."""
    last = "without a word"
    while process.stderr and (line := await process.stderr.readline()):
        if words := line.decode(errors="replace").strip():
            last = words
            say(words[:90])
    return last


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), LEAVES_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _runs() -> list[Path]:
    return sorted(OUT.glob("*-calibrate*")) if OUT.exists() else []
