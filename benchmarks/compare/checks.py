"""Which checks hold in one run and not in the other, or were made in one alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.compare.side import Side

HELD, FAILED, IDLE, MISSING = "held", "failed", "nothing to look at", "not made"

Check = Mapping[str, Any]


def changed(a: Side, b: Side) -> list[dict[str, Any]]:
    """A row for each check whose answer is another; `arm` null: of all arms together. What failed in both is told too.

    A check of an arm that only one of the runs had is no change.
    """
    made = [{(check["id"], check.get("arm")): check for check in side.judged[0]} for side in (a, b)]
    both = [None, *(arm for arm in a.run.arms if arm in b.run.arms)]
    rows = [_row(key, made[0].get(key), made[1].get(key)) for key in dict.fromkeys((*made[0], *made[1]))]
    return [row for row in rows if row["arm"] in both and (row["a"] != row["b"] or row["a"] == FAILED)]


def _row(key: tuple[str, str | None], a: Check | None, b: Check | None) -> dict[str, Any]:
    return {
        "id": key[0],
        "arm": key[1],
        "a": _said(a),
        "b": _said(b),
        "detail": {side: check and check["detail"] for side, check in (("a", a), ("b", b))},
    }


def _said(check: Check | None) -> str:
    if check is None:
        return MISSING
    return FAILED if not check["ok"] else HELD if check["looked_at"] else IDLE
