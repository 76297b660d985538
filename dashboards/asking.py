"""How a dashboard's queries reach a Prometheus without Grafana: variables filled in as Grafana fills them."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

EVERYTHING = {"job": ".+", "instance": ".+", "pattern": ".+", "transport": ".+", "service": ".+", "slo": "1.0"}
ANSWER_TIMEOUT_S = 10.0
POINTS = 240  # of a line: more is not seen


class Refused(Exception):
    """Prometheus could not make sense of a query."""


def expand(query: str, range_s: float, rate_s: float = 4.0, **chosen: str) -> str:
    """The query as Grafana sends it. `rate_s`: four times the scrape interval, as $__rate_interval is."""
    values = {**EVERYTHING, **chosen, "__rate_interval": f"{rate_s:.0f}s", "__range": f"{max(range_s, 1):.0f}s"}
    return re.sub(r"\$\{?([a-z_]\w*)\}?", lambda found: values[found.group(1)], query)


@dataclass(frozen=True, slots=True)
class Series:
    """One answer: labels, and (time, value) pairs. Values may be NaN."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    def named(self, legend: str) -> str:
        """Its name by a legend like `{{pattern}} p99`; all labels where there is none."""
        if legend in ("", "__auto"):
            return ", ".join(f"{key}={value}" for key, value in self.labels.items() if key != "__name__") or "value"
        return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: self.labels.get(found.group(1), ""), legend)


class Prometheus:
    """A Prometheus server's HTTP API, as far as dashboards ask it."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def at(self, query: str, time_s: float) -> list[Series]:
        """The answer at a moment. Raises Refused."""
        return [_series(row) for row in self._ask("query", query=query, time=time_s)["result"]]

    def over(self, query: str, start_s: float, end_s: float, step_s: float | None = None) -> list[Series]:
        """The answers from start to end. Raises Refused."""
        step = step_s or max((end_s - start_s) / POINTS, 1)
        told = self._ask("query_range", query=query, start=start_s, end=end_s, step=step)
        return [_series(row) for row in told["result"]]

    def exemplars(self, query: str, start_s: float, end_s: float) -> list[dict[str, Any]]:
        """The traces that the query's series point to. Raises Refused."""
        told: list[dict[str, Any]] = self._ask("query_exemplars", query=query, start=start_s, end=end_s)
        return told

    def label_values(self, label: str, selector: str) -> list[str]:
        """The values of a label among the series of a selector."""
        values: list[str] = self._ask(f"label/{label}/values", **{"match[]": selector})
        return values

    def get(self, path: str, **fields: object) -> Any:
        """Anything else that the API has, by its name under /api/v1/."""
        return self._ask(path, **fields)

    def _ask(self, path: str, **fields: object) -> Any:
        connection = http.client.HTTPConnection(self._url.netloc, timeout=ANSWER_TIMEOUT_S)
        try:
            connection.request("GET", f"{self._url.path.rstrip('/')}/api/v1/{path}?{urlencode(fields)}")
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if answer["status"] != "success":
            raise Refused(answer.get("error", "no reason given"))
        return answer["data"]


def _series(row: Mapping[str, Any]) -> Series:
    points = row["values"] if "values" in row else [row["value"]]
    return Series(row["metric"], tuple((float(time), float(value)) for time, value in points))
