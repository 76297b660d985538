"""Queries without Grafana: variables are filled in as it would, and figures are written for a person."""

from __future__ import annotations

import pytest

from dashboards.asking import Prometheus, Series, expand
from dashboards.preview.units import written


def test_variables_are_filled_in_as_grafana_fills_them() -> None:
    asked = 'rate(orders{job=~"$job", pattern=~"${pattern}"}[$__rate_interval]) / increase(orders[$__range])'
    told = expand(asked, 300, pattern="choreography")
    assert told == 'rate(orders{job=~".+", pattern=~"choreography"}[4s]) / increase(orders[300s])'


def test_what_looks_like_a_variable_of_a_regular_expression_is_left_alone() -> None:
    assert expand('label_replace(orders, "id", "$1", "source", "(.+)")', 60).count("$1") == 1


def test_a_variable_that_no_board_offers_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="wiring"):
        expand('orders{wiring=~"$wiring"}', 60)


def test_a_series_is_named_by_its_legend() -> None:
    series = Series({"pattern": "choreography", "transport": "streams"}, ())
    assert series.named("{{pattern}}-{{ transport }} p99") == "choreography-streams p99"
    assert series.named("__auto") == "pattern=choreography, transport=streams"


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.0163, "s", "16.3 ms"),
        (1.5, "s", "1.5 s"),
        (0.875, "percentunit", "87.5 %"),
        (2048, "bytes", "2 KiB"),
        (14.8, "ms", "14.8 ms"),
        (12.5, "ops", "12.5/s"),
        (float("nan"), "short", "none"),
    ],
)
def test_a_figure_is_written_for_a_person(value: float, unit: str, told: str) -> None:
    assert written(value, unit) == told


def test_where_there_is_no_prometheus_one_hears_so() -> None:
    with pytest.raises(OSError, match="refused"):
        Prometheus("http://127.0.0.1:9").at("up", 0)
