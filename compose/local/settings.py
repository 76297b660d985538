"""Knobs of this machine, which change nothing that is measured: where the lab lives, and with which
programs of others: Redis, Prometheus."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Machine(BaseSettings):
    """HARMONY_HOME, HARMONY_REDIS_BINARY and HARMONY_PROMETHEUS."""

    model_config = SettingsConfigDict(env_prefix="HARMONY_", frozen=True, extra="ignore")

    home: Path | None = None
    redis_binary: Path | None = None
    prometheus: Path | None = None
