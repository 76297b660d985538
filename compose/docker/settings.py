"""What a container is told by its environment: which process of which arm it is. Nothing in here is secret."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict


class Container(BaseSettings):
    """HARMONY_ARM, HARMONY_SERVICE, HARMONY_REPLICA; HARMONY_HOST, where to listen, is set in the image."""

    model_config = SettingsConfigDict(env_prefix="HARMONY_", frozen=True, extra="ignore")

    arm: str
    service: str = ""
    replica: int = 1
    host: str = "127.0.0.1"


class Observed(BaseSettings):
    """HARMONY_ARMS, with commas or `all`: the arms that run, and so are looked at."""

    model_config = SettingsConfigDict(env_prefix="HARMONY_", frozen=True, extra="ignore")

    arms: str
    host: str = "127.0.0.1"
