"""Pages from templates: one environment for all. What is on a page was judged before; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Path(__file__).parent / "templates"

Filters = Mapping[str, Callable[..., Any]]


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
