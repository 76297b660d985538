"""What a soak calls a leak is one: planted ones are found, what stands still, comes in waves or fills up is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.judge.run import RunUnusable
from benchmarks.soak import judging, telling
from benchmarks.soak.plan import easy_rate, planned, seconds_of
from benchmarks.soak.series import judged, series
from tests.benchmarks import drawing
from tests.benchmarks.soaked import ARM, SOAK, Course, folder, noisy, samples

LEAK_MIB_A_MINUTE = 2.0


def verdict_of(course: Course, measure: str = "rss_mib") -> str:
    found = series(samples({measure: {"payment-1": course}}))
    row = judged((ARM, measure, "payment-1"), found[ARM, measure, "payment-1"], SOAK.warm_s, SOAK.seconds)
    return str(row["verdict"])


def test_a_leak_of_two_mebibytes_a_minute_is_found_under_the_noise_of_the_allocator() -> None:
    grown = [verdict_of(noisy(70, 0.5, seed, LEAK_MIB_A_MINUTE / 60)) for seed in range(20)]
    assert grown == ["grows"] * 20


def test_a_series_that_stands_still_in_noise_is_no_leak() -> None:
    verdicts = [verdict_of(noisy(70, 3.0, seed)) for seed in range(100)]
    assert verdicts.count("grows") <= 1
    assert verdicts.count("flat") >= 95


def test_a_stream_that_is_trimmed_by_age_comes_in_waves_and_is_no_leak() -> None:
    """Nor does it fall, as one in fifty seems to, unless chance arrivals are allowed for."""
    for seed in range(200):
        arrivals, window = np.cumsum(np.random.default_rng(seed).poisson(10, 700)), int(SOAK.retention_s)

        def held(at_s: float, arrivals: np.ndarray = arrivals, window: int = window) -> float:
            return float(arrivals[int(at_s) + window] - arrivals[int(at_s)])

        assert verdict_of(held, "entries") == "flat", f"seed {seed}"


def test_a_stream_that_is_never_trimmed_is_found() -> None:
    arrivals = np.cumsum(np.random.default_rng(3).poisson(0.3, 700))
    assert verdict_of(lambda at_s: float(arrivals[int(at_s)]), "entries") == "grows"


def test_a_pool_that_fills_until_it_is_large_enough_settles() -> None:
    assert verdict_of(lambda at_s: float(round(60 - 50 * np.exp(-at_s / 120))), "connections") == "settles"


def test_one_file_left_open_every_minute_is_found() -> None:
    assert verdict_of(lambda at_s: 20.0 + at_s // 60, "files") == "grows"


def test_what_the_store_did_not_have_in_a_look_was_none_and_what_nobody_looked_at_is_missing() -> None:
    rows = samples({"keys": {"{order}:order:*": lambda _: 5.0}, "rss_mib": {"redis": lambda _: 9.0}}, until_s=13.0)
    rows[0]["values"]["keys"] = {}
    del rows[1]["values"]["rss_mib"]
    found = series(rows)
    assert found[ARM, "keys", "{order}:order:*"] == [(2.0, 0.0), (7.0, 5.0), (12.0, 5.0)]
    assert found[ARM, "rss_mib", "redis"] == [(2.0, 9.0), (12.0, 9.0)]


def leaking(path: Path, **manifest: Any) -> Path:
    return folder(
        path,
        samples(
            {
                "rss_mib": {"payment-1": noisy(70, 0.5, 1, 0.05), "order-1": noisy(70, 0.5, 2)},
                "threads": {"order-1": lambda _: 6.0},
            }
        ),
        **manifest,
    )


def test_the_summary_names_what_grows_and_fails(tmp_path: Path) -> None:
    summary = judging.judge(leaking(tmp_path))
    assert not summary["ok"]
    assert [row["of"] for row in summary["series"] if row["verdict"] == "grows"] == ["payment-1"]
    assert "1 of 3 series grow: memory (RSS) of payment-1 +" in summary["findings"][0]
    assert summary["verdicts"][0]["verdict"] == "not so"
    low, high = summary["verdicts"][0]["interval"]
    assert low < 0.05 * 3600 < high


def test_judging_again_from_the_folder_gives_the_same(tmp_path: Path) -> None:
    first = judging.judge(leaking(tmp_path))
    kept = (tmp_path / "summary.json").read_bytes()
    assert judging.judge(tmp_path) == first
    assert (tmp_path / "summary.json").read_bytes() == kept


def test_a_lab_that_was_lost_has_its_verdict_withheld(tmp_path: Path) -> None:
    summary = judging.judge(leaking(tmp_path, lost="the lab was lost 43 s after its start: no lab is running"))
    assert not summary["ok"]
    assert summary["verdicts"] == []
    assert summary["findings"][0].startswith("The verdict is withheld: the lab was lost 43 s after its start")


def test_too_few_looks_have_no_verdict(tmp_path: Path) -> None:
    rows = samples({"rss_mib": {"payment-1": noisy(70, 0.5, 1)}}, until_s=SOAK.warm_s + 40)
    for partial in (False, True):
        summary = judging.judge(folder(tmp_path, rows, partial=partial))
        assert summary["withheld"] == "it was too short: too few looks came after the warm-up"
        assert not summary["ok"]


def test_a_folder_without_samples_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(RunUnusable, match="no samples"):
        judging.judge(folder(tmp_path, []))
    shutil.rmtree(tmp_path)
    with pytest.raises(RunUnusable, match="not the folder of a soak"):
        judging.judge(tmp_path)


def test_the_report_is_one_small_page_whose_pictures_say_in_words_what_they_show(tmp_path: Path) -> None:
    judging.judge(leaking(tmp_path))
    page = telling.tell(tmp_path).read_text(encoding="utf-8")
    assert len(page) < 1_000_000
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    pictures = [f"<svg{part.partition('</svg>')[0]}</svg>" for part in page.split("<svg")[1:]]
    drawn = [drawing.read(each) for each in pictures if 'role="img"' in each]
    assert len(drawn) == 2
    assert "grows, from" in drawn[0].named("desc")[0].words
    assert "Never changed" in page or "never changed" in page
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "1 of 3 series grow" in markdown
    assert f"| | {ARM} |" in markdown


def test_a_partial_run_says_so(tmp_path: Path) -> None:
    summary = judging.judge(leaking(tmp_path, partial=True))
    telling.tell(tmp_path)
    assert summary["partial"]
    assert "Partial: the run was interrupted" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "summary.json").read_text())["partial"]


def test_retention_works_again_and_again_in_a_soak_and_the_warm_up_is_longer_than_it() -> None:
    for seconds in (60.0, 600.0, 3600.0):
        soak = planned(seconds, 10.0)
        assert soak.seconds / soak.retention_s >= 4
        assert soak.retention_s < soak.warm_s <= soak.seconds / 2
    assert planned(600.0, 10.0, 120.0).retention_s == 120.0


def test_the_arms_together_ask_of_the_machine_what_one_may() -> None:
    assert easy_rate(["choreography-streams"]) == 60
    assert easy_rate(["orchestration-http", "choreography-streams"]) == 30
    assert easy_rate(["orchestration-rq", "choreography-streams"]) == 15


@pytest.mark.parametrize(("text", "seconds"), [("600", 600), ("90s", 90), ("10m", 600), ("1.5h", 5400)])
def test_durations_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 5_000.0])
def test_an_impossible_rate_is_refused_in_a_sentence(rate: float) -> None:
    with pytest.raises(ValueError, match="a rate is more than 0 and at most 1000"):
        planned(600.0, rate)


def test_a_soak_that_would_sell_out_the_shop_is_refused() -> None:
    with pytest.raises(ValueError, match="stock lasts for 1,500,000 orders to an arm, and these would be 8,640,000"):
        planned(86_400.0, 100.0)
