"""The committed dashboards and rules, as tests read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "dashboards" / "grafana"
PROMETHEUS = ROOT / "dashboards" / "prometheus"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A query with where it stands."""

    where: str
    query: str


def board(file: Path) -> Json:
    """A dashboard as Grafana reads it."""
    read: Json = json.loads(file.read_text(encoding="utf-8"))
    return read


def panels(of: Json) -> list[Json]:
    """All panels, the headings left out."""
    return [panel for panel in of["panels"] if panel["type"] != "row"]


def queries(of: Json) -> Iterator[Asked]:
    """Every query of a dashboard: panels and annotations."""
    for panel in panels(of):
        for target in panel["targets"]:
            yield Asked(f"{of['uid']}: {panel['title']} {target['refId']}", target["expr"])
    for mark in of["annotations"]["list"]:
        yield Asked(f"{of['uid']}: annotation {mark['name']}", mark["expr"])


def selectors(query: str) -> list[tuple[str, str]]:
    """(metric, matchers) of every selector."""
    return re.findall(r"\b([a-z_:]\w*)\{([^}]*)\}", query)


def rules() -> dict[str, str]:
    """Name -> text of every rule, alerts included."""
    found = {}
    for file in RULES:
        for block in re.split(r"^      - (?=record:|alert:)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            found[block.split()[1]] = re.split(r"^  (?:- name:|#)", block, maxsplit=1, flags=re.MULTILINE)[0]
    return found
