"""`harmony run EXPERIMENT` and `harmony report RUN`."""

from __future__ import annotations

import json as reading
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from benchmarks.commands import latency_options, options, screen
from benchmarks.commands.latency_options import LATENCY, Blocks, Rates, Work
from benchmarks.commands.options import DEFAULT_ARMS, FLAG, AllowUnequal, Arms, Json, RedisUrl, Replicas, Seed
from benchmarks.commands.programmes import PROGRAMMES, Asked, programme

RUN = """Run an experiment: a question, put to each arm in turn, recorded, judged and told.

\b
  latency       how long an order takes and what it costs; at several rates, and with
                injected work; under 5 minutes on two cores (--rates, --blocks, --work)
  capacity      how many orders a second it carries, what is at its limit then, whether replicas
                help, and what too much does to it; under 6 minutes for two arms
  blast-radius  what a killed service takes with it; about 55 s
  demo          both in short, as the tour measures it; about 50 s
  coupling      who depends on whom: in the code, at work, and while somebody is away; about 2 minutes
  calibrate     can this instrument be trusted here, and what is its noise floor? under 6 minutes;
                with --seeded-bugs: defects put in by name, and whether each is caught; about 90 s
  soak          does anything grow under a steady load? 10 minutes, or --duration

\b
Examples:
  harmony run latency
  harmony run latency --rates 60 --blocks 7 --work 0
  harmony run blast-radius --seed 11 --json
  harmony run latency --replicas payment=2,orchestrator=2
  harmony run soak --duration 30m --arms all
"""
REPORT = """Judge and tell a run again, from its folder alone.

\b
Examples:
  harmony report runs/latest
"""
Experiment = Annotated[
    str,
    typer.Argument(metavar="EXPERIMENT", help="latency, capacity, blast-radius, demo, coupling, calibrate or soak."),
]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder.")]
SeededBugs = Annotated[
    bool, typer.Option("--seeded-bugs", metavar=FLAG, help="For calibrate: is every seeded bug caught?")
]
Only = Annotated[str, typer.Option("--only", metavar="A,B", help="For --seeded-bugs: these switches.")]
Duration = Annotated[str, typer.Option("--duration", metavar="TIME", help="For soak: 90s, 10m, 1h; 10m by default.")]
Rate = Annotated[
    float | None,
    typer.Option("--rate", metavar="N", help="For soak: orders a second to each arm; what all carry with ease."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where runs are kept.")]
Starts = Annotated[
    int | None,
    typer.Option(
        "--starts", metavar="N", min=3, max=50, help="For calibrate: of the lab; more tell more; 4 by default."
    ),
]
COMING = ("consistency", "evolution", "claims")
CALIBRATE, SOAK = "calibrate", "soak"
NO_RUN = "The newest run would be runs/latest, and there is none here yet: `harmony demo` records one."


def enroll(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", help=RUN)(run)
    app.command("report", help=REPORT)(report)


def run(
    experiment: Experiment,
    arms: Arms = DEFAULT_ARMS,
    seed: Seed = 7,
    json: Json = False,
    redis_url: RedisUrl = None,
    replicas: Replicas = None,
    out: Out = Path("runs"),
    allow_unequal: AllowUnequal = "",
    seeded_bugs: SeededBugs = False,
    only: Only = "",
    duration: Duration = "",
    rate: Rate = None,
    starts: Starts = None,
    rates: Rates = "",
    blocks: Blocks = None,
    work: Work = None,
) -> None:
    """See RUN. Exit 1 when a check failed."""
    from benchmarks.commands import running
    from benchmarks.experiments import EXPERIMENTS

    if starts is not None and (experiment != CALIBRATE or seeded_bugs):
        raise options.wrong(f"--starts is for `harmony run {CALIBRATE}`, without --seeded-bugs.")
    if experiment == CALIBRATE and (seeded_bugs or only):
        _calibrate(seed, out, json, seeded_bugs, only)
    if seeded_bugs or only:
        raise options.wrong(f"--seeded-bugs and --only are for `harmony run {CALIBRATE}`.")
    if experiment == SOAK:
        _soak(options.arms(arms), seed, out, json, duration, rate, redis_url, replicas, allow_unequal)
    if duration or rate is not None:
        raise options.wrong(f"--duration and --rate are for `harmony run {SOAK}`.")
    if experiment != LATENCY and latency_options.given(rates, blocks, work):
        raise options.wrong(f"--rates, --blocks and --work are for `harmony run {LATENCY}`.")
    if experiment in COMING:
        raise options.wrong(f"{experiment} comes with a later version. Experiments are {', '.join(EXPERIMENTS)}.")
    if experiment not in {*EXPERIMENTS, *PROGRAMMES}:
        raise options.unknown(
            "experiment", experiment, tuple(dict.fromkeys((*EXPERIMENTS, *PROGRAMMES, CALIBRATE, SOAK)))
        )
    chosen = options.arms(arms)
    urls, counts = options.redis_urls(redis_url, chosen), options.replicas(replicas, chosen)
    allowances = options.allowed(allow_unequal)
    latency = latency_options.experiment(rates, blocks, work)
    running.say_when_busy()
    if experiment in PROGRAMMES:
        asked = Asked(chosen, seed, out, urls, counts, allowances, starts)
        raise typer.Exit(programme(experiment).run(asked, json))
    planned = latency if experiment == LATENCY else EXPERIMENTS[experiment]
    if warning := latency_options.forewarning(planned):
        screen.say(warning)
    folder = running.carried_out(planned, chosen, seed, out, urls, replicas=counts, allow_unequal=allowances)
    _show(running.summary_of(folder), folder, json)


def _calibrate(seed: int, out: Path, json: bool, seeded_bugs: bool, only: str) -> NoReturn:
    if not seeded_bugs:
        raise options.wrong(f"--only names switches: harmony run {CALIBRATE} --seeded-bugs --only no-dedupe.")
    from benchmarks.seeded.running import run_seeded

    try:
        code = run_seeded(seed, out, json, screen.say, options.listed(only))
    except ValueError as error:
        raise options.wrong(str(error)) from error
    raise typer.Exit(code)


def _soak(
    arms: tuple[str, ...],
    seed: int,
    out: Path,
    json: bool,
    duration: str,
    rate: float | None,
    redis_url: list[str] | None,
    replicas: list[str] | None,
    allow_unequal: str,
) -> NoReturn:
    from benchmarks.commands import running
    from benchmarks.soak import plan
    from benchmarks.soak import running as soaking

    if allow_unequal:
        raise options.wrong("--allow-unequal is for experiments that compare arms; a soak compares none.")
    urls, counts = options.redis_urls(redis_url, arms), options.replicas(replicas, arms)
    try:
        seconds = plan.seconds_of(duration) if duration else plan.DURATION_S
        asked = soaking.asked(arms, seconds, plan.easy_rate(arms) if rate is None else rate, seed, out, urls, counts)
    except ValueError as error:
        raise options.wrong(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    running.say_when_busy()
    raise typer.Exit(soaking.run_soak(asked, json))


def report(folder: Run, json: Json = False) -> None:
    """See REPORT. Exit 1 when a check failed or the records cannot be used."""
    if not (folder / "manifest.json").is_file():
        newest = "The newest run is runs/latest." if Path("runs/latest").exists() else NO_RUN
        raise options.wrong(f"{folder} is no run: it has no manifest.json. {newest}")
    experiment = _experiment(folder)
    if experiment in PROGRAMMES:
        raise typer.Exit(programme(experiment).show(folder, json))
    if experiment == SOAK:
        from benchmarks.soak import running as soaking

        raise typer.Exit(soaking.show(soaking.judged(folder), folder, json))
    from benchmarks.commands import running

    _show(running.judged(folder), folder, json)


def _experiment(folder: Path) -> str:
    """What the run's manifest says; "" when it cannot be read, which the judge then tells."""
    try:
        return str(reading.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("experiment"))
    except (OSError, ValueError, AttributeError):
        return ""


def _show(summary: dict[str, Any], folder: Path, json: bool) -> None:
    from benchmarks.commands import summary_text

    if json:
        screen.data(summary)
    else:
        console = screen.out()
        console.print(summary_text.drawn(summary, console.width))
        console.print(summary_text.where(folder, folder / "report.html"), soft_wrap=True)
    if not summary["ok"]:
        raise typer.Exit(1)
