"""Pages from templates: one environment for all. What is on a page was judged before; nothing is computed here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from benchmarks.charts.looks import Look, looks

TEMPLATES = Path(__file__).parent / "templates"

Filters = Mapping[str, Callable[..., Any]]
Looks = Mapping[str, Look]
Summary = Mapping[str, Any]


def tell(folder: Path, experiment: str, told: Callable[[Summary, Looks], Mapping[str, Any]], filters: Filters) -> Path:
    """A run's `report.html` (one file, nothing loaded from elsewhere) and `report.md`; returns the path of the first.

    `told` says what only this experiment's templates ask for; all know the summary, the manifest, the folder's name,
    the looks of the arms, and the machine.
    """
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    look = looks({arm: figures["pattern"] for arm, figures in summary["arms"].items()})
    known = {
        "summary": summary,
        "manifest": manifest,
        "folder": folder.resolve().name,
        "looks": look,
        "machine": machine_in_words(manifest["machine"]),
    }
    for kind in ("html", "md"):
        page = rendered(f"{experiment}.{kind}.j2", known | dict(told(summary, look)), filters)
        (folder / f"report.{kind}").write_text(page, encoding="utf-8")
    return folder / "report.html"


def rendered(template: str, told: Mapping[str, Any], filters: Filters | None = None) -> str:
    """The page of `templates/<template>`: HTML is escaped, and a name that nobody has told is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(template).render(told)


def machine_in_words(machine: Mapping[str, Any]) -> str:
    """A manifest's machine: processor, cores, memory, system."""
    memory = f"{machine['memory_mib'] / 1024:.0f} GiB" if machine.get("memory_mib") else None
    cores = f"{machine['cores']} cores" if machine.get("cores") else None
    parts = [machine.get("cpu"), cores, memory, machine.get("architecture"), machine.get("system")]
    return ", ".join(str(part) for part in parts if part) or "unknown machine"
