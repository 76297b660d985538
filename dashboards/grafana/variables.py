"""What can be chosen on top of every board: where the figures come from, and whose."""

from __future__ import annotations

from dashboards.grafana.looks import Json

SLO_DEFAULT = "1.0"
SLO_CHOICES = ("0.1", "0.25", "0.5", "0.75", SLO_DEFAULT, "2.5", "5.0")  # buckets of the lab's histograms
_ALL = {"text": ["All"], "value": ["$__all"], "selected": True}
_OURS = '{__name__=~"harmony_.+"}'
_CHOSEN = '{__name__=~"harmony_.+", job=~"$job"}'
_ON_TIME_RANGE_CHANGE = 2
_FROM_PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}


def variables(asks_service: bool) -> list[Json]:
    """The list, from left to right."""
    chosen = [
        _query("job", "Job", _OURS, "Scrape jobs: the lab's processes, and the watcher beside them"),
        _query("instance", "Instance", _CHOSEN, "Processes, as arm/process"),
        _query("pattern", "Pattern", _CHOSEN, "Who turns an event into the next operation"),
        _query("transport", "Transport", _CHOSEN, "What messages travel over"),
    ]
    if asks_service:
        chosen.append(_query("service", "Service", _CHOSEN, "Who decides, or tells others to"))
    return [_datasource(), *chosen, _slo()]


def _datasource() -> Json:
    return {
        "name": "datasource",
        "label": "Data source",
        "description": "The Prometheus that watches the lab, or one that a recorded run was fed to",
        "type": "datasource",
        "query": "prometheus",
        "regex": "",
        "refresh": 1,
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "current": {"text": "Prometheus", "value": "prometheus", "selected": False},
    }


def _query(name: str, label: str, among: str, description: str) -> Json:
    asked = f"label_values({among}, {name})"
    return {
        "name": name,
        "label": label,
        "description": description,
        "type": "query",
        "datasource": _FROM_PROMETHEUS,
        "definition": asked,
        "query": {"query": asked, "refId": "StandardVariableQuery"},
        "refresh": _ON_TIME_RANGE_CHANGE,
        "regex": "",
        "sort": 1,
        "hide": 0,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "options": [],
        "current": _ALL,
    }


def _slo() -> Json:
    options = [{"text": each, "value": each, "selected": each == SLO_DEFAULT} for each in SLO_CHOICES]
    return {
        "name": "slo",
        "label": "SLO, seconds",
        "description": "An order closed later than this counts as harmed; the lab's own is 1 unless told otherwise",
        "type": "custom",
        "query": ",".join(SLO_CHOICES),
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "options": options,
        "current": {"text": SLO_DEFAULT, "value": SLO_DEFAULT, "selected": True},
    }
