"""The README's tree, printed from the code: every package with the first sentence of its own description.

`python -m tests.house_tree` writes it anew; `test_house` compares.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOUSES = ("common", "orchestration", "choreography", "compose", "benchmarks", "dashboards")
BEGIN, END = "<!-- tree: printed by `python -m tests.house_tree` -->", "<!-- /tree -->"
COLUMN = 30


def tree() -> str:
    """The tree as text."""
    lines = [line for house in HOUSES for line in _package(ROOT / house, depth=0)]
    return "\n".join(["```text", *lines, "```"])


def _package(folder: Path, depth: int) -> Iterator[str]:
    name = f"{'  ' * depth}{folder.name}/"
    yield f"{name:<{COLUMN}}{_sentence(folder / '__init__.py')}"
    for each in sorted(folder.iterdir()):
        if (each / "__init__.py").exists():
            yield from _package(each, depth + 1)


def _sentence(file: Path) -> str:
    """The first sentence of a module's description."""
    described = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(described.split()).partition(". ")[0].rstrip(".")


def between(text: str) -> str:
    """What stands between the marks."""
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    """Write the tree into the README."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text:
        sys.exit("README.md has no place for the tree")
    readme.write_text(f"{text.partition(BEGIN)[0]}{BEGIN}\n{tree()}\n{END}{text.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
