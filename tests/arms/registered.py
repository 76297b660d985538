"""A package of `examples/` as if it were installed: its entry points are found, and nothing is left behind."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house_tree import ROOT


@contextmanager
def registered(example: str, folder: Path) -> Iterator[None]:
    """For the length of a `with` block, in this process and in those that it starts. `folder`: for what pip writes."""
    source = ROOT / "examples" / example
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    write(folder, project["name"], project["entry-points"]["harmony.arms"], project["version"])
    with pytest.MonkeyPatch.context() as patch:
        for each in (source, folder):
            patch.syspath_prepend(str(each))
        path = [str(folder), str(source), *filter(None, [os.environ.get("PYTHONPATH")])]
        patch.setenv("PYTHONPATH", os.pathsep.join(path))
        yield


def write(folder: Path, name: str, arms: dict[str, str], version: str = "1.0") -> None:
    """What an installed package tells of itself, as far as it matters here."""
    told = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [f"{arm} = {where}" for arm, where in arms.items()]
    (told / "entry_points.txt").write_text("\n".join(["[harmony.arms]", *lines, ""]), encoding="utf-8")
