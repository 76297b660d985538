"""Trace context as text, after the W3C recommendation Trace Context: `00-<trace id>-<span id>-<flags>`, lower-case hex.

Whether an order is traced is decided once, where it comes in, and is carried in the flags from there.
"""

from __future__ import annotations

import re
import secrets

FORM = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
LENGTH = 55
ODD = frozenset("13579bdf")  # last digits of flags whose lowest bit, `sampled`, is set
SAMPLED, UNSAMPLED = "01", "00"


def is_valid(traceparent: str) -> bool:
    """Whether it is a context of the version that we know."""
    return FORM.fullmatch(traceparent) is not None


def is_sampled(traceparent: str) -> bool:
    """Whether what belongs to it is traced. Cheap: asked for every order at every hop."""
    return len(traceparent) == LENGTH and traceparent[-1] in ODD


def fresh(flags: str = UNSAMPLED) -> str:
    """A context of a trace that begins here."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{flags}"


def child_of(traceparent: str) -> str:
    """A context of the same trace, for another span."""
    return f"{traceparent[:36]}{secrets.token_hex(8)}{traceparent[52:]}"


def trace_id_of(traceparent: str) -> str:
    """The id of its trace, in hex."""
    return traceparent[3:35]


def span_id_of(traceparent: str) -> str:
    """The id of its span, in hex."""
    return traceparent[36:52]
