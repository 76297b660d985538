"""Writes what we say as YAML, as much of it as a compose file needs: mappings, lists, anchors and merges.

Texts are written as JSON writes them, which YAML reads alike; so nothing turns into a number or a truth by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./-]*")
WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
WIDTH = 110


@dataclass(frozen=True, slots=True)
class Anchored:
    """A value that others refer to by this name."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an anchored value. As the value of "<<", its entries are taken over."""

    name: str


def emit(content: Mapping[str, Any]) -> str:
    """The text of a YAML document."""
    return "\n".join(_mapping(content, 0)) + "\n"


def _mapping(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in content.items():
        anchor, held = (f" &{value.name}", value.value) if isinstance(value, Anchored) else ("", value)
        head = f"{'  ' * depth}{_scalar(key) if key != '<<' else key}:{anchor}"
        short = f"{head} {_flow(held)}".rstrip()
        nested = isinstance(held, Mapping | list) and held
        if not nested or (len(short) <= WIDTH and _is_short(held)):
            yield short
        else:
            yield head
            yield from _mapping(held, depth + 1) if isinstance(held, Mapping) else _items(held, depth + 1)


def _items(items: list[Any], depth: int) -> Iterator[str]:
    for item in items:
        yield f"{'  ' * depth}- {_flow(item)}"


def _is_short(value: Any) -> bool:
    """Whether it reads well on one line: nothing nested in it."""
    inner = value.values() if isinstance(value, Mapping) else value
    return not any(isinstance(each, Mapping | list | Anchored) for each in inner)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key if key == '<<' else _scalar(key)}: {_flow(each)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Ref):
        return f"*{value.name}"
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) and value.lower() not in WORDS else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
