"""Customers who come at once, from threads of one client."""

from __future__ import annotations

import httpx


def client_of(customers: int, timeout_s: float) -> httpx.Client:
    """A client with a connection for each, all of them kept.

    httpx' pool closes what it has too much of, and between threads now and then the socket of somebody else: once in
    some fifty rounds a request of 40 threads failed or hung.
    """
    kept = httpx.Limits(max_connections=customers, max_keepalive_connections=customers)
    return httpx.Client(timeout=timeout_s, limits=kept)
