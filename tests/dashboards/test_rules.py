"""The rules for Prometheus: understood, tested, and each alert tells a person what to look at and where."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.dashboards.reading import FILES, PROMETHEUS, RULE_TESTS, RULES, rules

BOARDS = {file.stem for file in FILES}
ALERTS = {name: text for name, text in rules().items() if text.startswith("alert:")}
RECORDS = {name: text for name, text in rules().items() if text.startswith("record:")}


def promtool(*arguments: str) -> None:
    """Run it in the folder of the rules; it must be content."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not on PATH: install prometheus (Debian: apt-get install prometheus)")
    judged = subprocess.run([program, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_prometheus_understands_its_configuration() -> None:
    promtool("check", "config", "prometheus.yml")


def test_prometheus_understands_every_rule() -> None:
    promtool("check", "rules", *(str(file) for file in RULES))


def test_every_rule_does_what_its_tests_say() -> None:
    promtool("test", "rules", *(str(file) for file in RULE_TESTS))


def test_rules_are_found_where_they_are() -> None:
    assert len(ALERTS) >= 10
    assert len(RECORDS) >= 12


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_is_wrong_what_to_look_at_and_where(name: str) -> None:
    text = ALERTS[name]
    assert re.search(r"severity: (?:critical|warning|info)\b", text), "Give it a severity: critical, warning or info."
    assert re.search(r"summary: '.*\{\{", text), "Name in its summary whom it concerns."
    described = re.search(r"description: >-\n((?: {12}.*\n)+)", text)
    assert described, "Describe what to look at."
    assert len(described.group(1)) > 100
    board = re.search(r"dashboard: (\S+)", text)
    assert board, "Name the board that shows it."
    assert board.group(1) in BOARDS, f"There is no board {board.group(1)}: there are {sorted(BOARDS)}"


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_shown_to_fire_and_to_be_silent(name: str) -> None:
    told = "\n".join(file.read_text(encoding="utf-8") for file in RULE_TESTS)
    cases = re.findall(rf"{name}\b.*\n\s+eval_time: \S+\n\s+(?:exp_samples|exp_alerts):(.*)", told)
    assert any("[]" in case for case in cases), f"Add a case to {PROMETHEUS / 'tests'} in which it does not fire."
    assert any("[]" not in case for case in cases), f"Add a case to {PROMETHEUS / 'tests'} in which it fires."


@pytest.mark.parametrize("name", RECORDS)
def test_a_recorded_figure_is_named_by_level_metric_and_operation(name: str) -> None:
    assert re.fullmatch(r"arm:harmony_\w+:\w+", name)
    assert "sum by (pattern, transport" in RECORDS[name] or "arm:" in RECORDS[name].partition("expr:")[2]
