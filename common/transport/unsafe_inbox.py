"""Hearing with a defect, for the checkers to catch: see common.unsafe. How streams must be heard is in `streams`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.transport.streams import Inbox
from common.unsafe import Unsafe


def inbox_of(unsafe: str) -> type[Inbox]:
    """How streams are heard. Raises ValueError for an unknown switch."""
    return HastyInbox if "ack-before-commit" in Unsafe.of(unsafe) else Inbox


class HastyInbox(Inbox):
    """Entries are acked in the moment in which they are read: whoever dies over them takes them along."""

    def _read_arguments(self, looking_back: Mapping[str, bytes], each: int, block_ms: int) -> list[Any]:
        who, *rest = super()._read_arguments(looking_back, each, block_ms)
        return [who, *rest[:2], "NOACK", *rest[2:]]
