"""PromQL as the boards ask it: every selector bears the page's variables, every sum is by arm. No panel lives here."""

from __future__ import annotations

ARM = "pattern, transport"
ARM_NAME = "{{pattern}}-{{transport}}"
PATTERNS = ("orchestration", "choreography")
WITHIN_SLO = 'le="$slo"'
STEADY = "30s"  # longer than the faults of a demo
CLOSING = 0.5  # orders a second: fifteen in that time
CUSTOMERS_OWN = "40.|41.|422"  # codes by which a customer hears that the request was wrong; 429 and 503 are the lab's

_ANY_PATTERN = 'pattern=~"$pattern"'
_VARIABLES = f'job=~"$job", instance=~"$instance", {_ANY_PATTERN}, transport=~"$transport"'


def of(metric: str, *matchers: str) -> str:
    """A selector of a metric, as narrow as the page's variables say."""
    return f"{metric}{{{', '.join((_VARIABLES, *matchers))}}}"


def only(pattern: str, query: str) -> str:
    """The same query, narrowed to one pattern: for one of two columns."""
    return query.replace(_ANY_PATTERN, f'{_ANY_PATTERN}, pattern="{pattern}"')


def total(selector: str, by: str = "") -> str:
    """A gauge summed up per arm, and by further labels."""
    return f"sum by ({_labels(by)}) ({selector})"


def largest(selector: str, by: str = "") -> str:
    """The largest of a gauge per arm, and by further labels."""
    return f"max by ({_labels(by)}) ({selector})"


def that_were(active: str, labels: str) -> str:
    """Of gauges that are 1 or 0, those that were 1 at some moment of what is shown: the others only take up room."""
    ever = f"max by ({labels}) (max_over_time({active}[$__range])) > 0"
    return f"max by ({labels}) ({active}) and on ({labels}) {ever}"


def rate(metric: str, *matchers: str, by: str = "") -> str:
    """How fast a counter grows, per second, summed up per arm."""
    return f"sum by ({_labels(by)}) (rate({of(metric, *matchers)}[$__rate_interval]))"


def grown(metric: str, *matchers: str, by: str = "") -> str:
    """How much a counter has grown while one looks, summed up per arm."""
    return f"sum by ({_labels(by)}) (increase({of(metric, *matchers)}[$__range]))"


def steady(metric: str, *matchers: str, by: str = "") -> str:
    """How fast a counter grows, per second, over so long that a gap between two orders does not show."""
    return f"sum by ({_labels(by)}) (rate({of(metric, *matchers)}[{STEADY}]))"


def per_order(metric: str, *matchers: str, by: str = "", times: int = 1) -> str:
    """So much for each order closed, at each moment: over STEADY, and only while orders do close.

    Where few close, what was spent for others, or at rest, is divided by almost nothing.
    """
    amount = steady(metric, *matchers, by=by)
    closed = steady("harmony_order_closed_seconds_count")
    return f"{per(f'{times} * {amount}' if times != 1 else amount, closed, by, CLOSING)} and on ({ARM}) ({CLOSED} > 0)"


def rate_if_any(metric: str, *matchers: str, by: str = "") -> str:
    """How fast it grows, of those that have grown at all: the others only fill the legend."""
    return f"{rate(metric, *matchers, by=by)} and {grown(metric, *matchers, by=by)} > 0"


def quantile(q: float, histogram: str, *matchers: str, by: str = "") -> str:
    """A quantile of a histogram at each moment."""
    buckets = rate(f"{histogram}_bucket", *matchers, by=f"{by}, le" if by else "le")
    return f"histogram_quantile({q}, {buckets})"


def quantile_of_all(q: float, histogram: str, *matchers: str, by: str = "") -> str:
    """A quantile of a histogram over all that one looks at."""
    buckets = grown(f"{histogram}_bucket", *matchers, by=f"{by}, le" if by else "le")
    return f"histogram_quantile({q}, {buckets})"


def per(amount: str, orders: str, by: str = "", more_than: float = 0) -> str:
    """So much for each order, where there are more than so many. `by`: labels of the amount that orders have not."""
    spread = f" on ({ARM}) group_left ()" if by else ""
    return f"{amount} /{spread} ({orders} > {more_than:g})"


def _labels(by: str) -> str:
    return f"{ARM}, {by}" if by else ARM


CLOSED = rate("harmony_order_closed_seconds_count")
CLOSED_IN_ALL = grown("harmony_order_closed_seconds_count")
ASKED = rate("harmony_door_requests_total", f'code!~"{CUSTOMERS_OWN}"')
ASKED_IN_ALL = grown("harmony_door_requests_total", f'code!~"{CUSTOMERS_OWN}"')
GOOD = rate("harmony_order_closed_seconds_bucket", WITHIN_SLO)
GOOD_IN_ALL = grown("harmony_order_closed_seconds_bucket", WITHIN_SLO)
