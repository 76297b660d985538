"""The Prometheus of this machine, which the system brings and we do not: which one, and how it runs beside a lab."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from compose.local.companion import Companion
from compose.local.errors import Trouble
from compose.local.part import url
from compose.local.plan import Plan
from compose.local.ports import HOST
from compose.local.settings import Machine

NAME = "prometheus"
PORT = 18_090  # where it is looked for when nobody else is there
LEAST = (2, 40)  # the first that takes blocks which overlap, as those of rules do, and keeps exemplars as ours come
SCRAPE_S = 2
KEEP_TIME, KEEP_SIZE = "6h", "512MB"  # it goes with the lab; until then it may not fill the disk
INSTALL = "install it (Debian, Ubuntu: `apt install prometheus`; macOS: `brew install prometheus`)"
VERSION = re.compile(r"version (\d+)\.(\d+)")
VERSION_S = 10.0
RULES = Path(__file__).parents[2] / "dashboards" / "prometheus" / "rules"

CONFIG = """\
global:
  scrape_interval: {scrape_s}s
  scrape_timeout: {scrape_s}s
  evaluation_interval: {scrape_s}s
rule_files: {rules}
scrape_configs:
- job_name: harmony
  file_sd_configs: [{{files: [targets/harmony.json]}}]
  relabel_configs:
  - {{source_labels: [arm, process], separator: /, target_label: instance}}
  - {{action: labeldrop, regex: process}}
  metric_relabel_configs: &figures  # when each counter began: as many series again, and nobody asks
  - {{action: drop, source_labels: [__name__], regex: harmony_.+_created}}
- job_name: watcher
  file_sd_configs: [{{files: [targets/watcher.json]}}]
  metric_relabel_configs: *figures
- job_name: prometheus
  static_configs: [{{targets: [{itself}]}}]
"""


@dataclass(frozen=True, slots=True)
class Binary:
    """An executable that can be used."""

    path: Path

    def argv(self, config: Path, data: Path, port: int) -> tuple[str, ...]:
        """The command that serves this data on the loopback, and nowhere else."""
        return (
            str(self.path),
            f"--config.file={config}",
            f"--storage.tsdb.path={data}",
            f"--web.listen-address={HOST}:{port}",
            "--enable-feature=exemplar-storage",
            "--log.level=warn",
        )

    def promtool(self) -> Path:
        """Its tool, beside it or on PATH. Raises Trouble."""
        beside = self.path.with_name("promtool")
        found = str(beside) if beside.exists() else shutil.which("promtool")
        if not found:
            raise Trouble(
                f"promtool, which comes with Prometheus, is neither beside {self.path} nor on PATH: {INSTALL}."
            )
        return Path(found)


def find() -> Binary:
    """The one that HARMONY_PROMETHEUS names, else the one on PATH. Raises Trouble when there is none that will do."""
    named = Machine().prometheus
    found = shutil.which(named or NAME)
    if not found and named:
        raise Trouble(f"HARMONY_PROMETHEUS is {named}, which is no program: name a Prometheus, or unset it.")
    if not found:
        raise Trouble(f"Prometheus is not on PATH: {INSTALL}, or name one with HARMONY_PROMETHEUS.")
    version = _version(found)
    if version is None:
        raise Trouble(f"{found} does not say its version as Prometheus does: {INSTALL}.")
    if version < LEAST:
        told, least = (".".join(map(str, each)) for each in (version, LEAST))
        raise Trouble(f"{found} is Prometheus {told}, and {least} is the least that will do: {INSTALL}.")
    return Binary(Path(found).absolute())


def _version(path: str) -> tuple[int, int] | None:
    try:
        said = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = VERSION.search(said.stdout + said.stderr)
    return (int(match[1]), int(match[2])) if match else None


def companion(binary: Binary, plan: Plan, port: int, watcher: str) -> Companion:
    """Scrapes every process of the plan and the watcher at that address, and keeps to the rules of the house."""
    folder = plan.folder.prometheus
    files = {
        f"{NAME}.yml": CONFIG.format(scrape_s=SCRAPE_S, rules=json.dumps(rules()), itself=f"{HOST}:{port}"),
        "targets/harmony.json": json.dumps(targets(plan), indent=1),
        "targets/watcher.json": json.dumps([{"targets": [urlsplit(watcher).netloc]}]),
    }
    argv = (
        *binary.argv(folder / f"{NAME}.yml", folder / "data", port),
        f"--storage.tsdb.retention.time={KEEP_TIME}",
        f"--storage.tsdb.retention.size={KEEP_SIZE}",
    )
    written = {f"{folder.name}/{name}": text for name, text in files.items()}
    return Companion(NAME, argv, f"http://{HOST}:{port}", "/-/ready", written)


def targets(plan: Plan) -> list[dict[str, object]]:
    """Every process of every arm, as file_sd has it."""
    return [
        {"targets": [urlsplit(url(place)).netloc], "labels": {"arm": arm.name, "process": place.name}}
        for arm, place in plan.places()
    ]


def rules() -> Sequence[str]:
    """The files with recording and alert rules, where they are installed with us."""
    return sorted(str(file) for file in RULES.glob("*.yml"))
