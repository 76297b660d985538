"""Every knob of the lab, with its default and the reason for it. The only place that reads the environment.

Set one by its name in capitals with the prefix HARMONY_, as in HARMONY_DEADLINE_S=5. All arms get the same values; the
fairness ledger of a run records them.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.unsafe import Unsafe


class Settings(BaseSettings):
    """Frozen: a process gets its settings once, when it starts."""

    model_config = SettingsConfigDict(env_prefix="HARMONY_", frozen=True, extra="ignore")

    deadline_s: float = Field(
        10.0, gt=0, le=3600, description="by then an order is closed, or it expires and is undone"
    )
    slo_s: float = Field(1.0, gt=0, description="an order closed later than this counts as harmed")
    lease_s: float = Field(
        1.0, ge=0.2, description="whoever looks after orders and is unheard of for so long loses them"
    )
    claim_idle_s: float = Field(2.0, ge=0.2, description="more than twice the longest decision")
    restart_delay_s: float = Field(0.5, ge=0, description="between the death of a process and its next start")
    batch_max: int = Field(64, ge=1, le=256, description="entries or requests in one round trip; more gained nothing")
    concurrency: int = Field(64, ge=1, le=1024, description="decisions in flight for one service, equal in every arm")
    attempts_max: int = Field(5, ge=2, description="failed decisions before a request is set aside for a human")
    retention_s: float = Field(900.0, gt=0, description="how long the traces of a closed order are kept")
    open_max: int = Field(20_000, ge=1, description="open orders beyond which the door answers 503")
    http_client: Literal["httpx-aiohttp", "httpx"] = Field(
        "httpx-aiohttp", description="httpx's own transport costs five times the CPU and collapses under concurrency"
    )
    appendfsync: Literal["always", "everysec", "no"] = Field(
        "everysec", description="Redis durability, equal in every arm"
    )
    rq_worker: Literal["simple", "fork"] = Field(
        "simple", description="RQ's own forking worker shows what RQ gives out of the box"
    )
    telemetry: Literal["on", "off"] = Field(
        "on", description="off is there to measure what it costs: an arm that counts nothing cannot be judged"
    )
    trace_share: float = Field(
        0.01, ge=0, le=1, description="of orders that are traced; a traced one costs a multiple, so measure with few"
    )
    trace_mode: Literal["parent", "link"] = Field(
        "parent", description="a consumer's span goes on with its message's trace, or begins its own and links to it"
    )
    otlp_endpoint: str = Field(
        "", description="where traces are sent besides, by OTLP over HTTP, as in http://127.0.0.1:4318"
    )
    unsafe: str = Field("", description="named defects, comma-separated, to be caught by the checkers: never for use")
    seed: int = Field(7, description="decides the catalogue and its prices")
    skus: int = Field(1_000, ge=1, le=100_000, description="items in the catalogue, the sold-out ones not counted")

    @field_validator("otlp_endpoint")
    @classmethod
    def _bare(cls, value: str) -> str:
        """It is told in logs and manifests: what is secret goes into OTEL_EXPORTER_OTLP_HEADERS, the library's own."""
        split = urlsplit(value)
        if value and (split.scheme not in ("http", "https") or not split.hostname or "@" in split.netloc):
            raise ValueError("it is an address such as http://127.0.0.1:4318, without a name or password in it")
        return value

    @field_validator("unsafe")
    @classmethod
    def _known(cls, value: str) -> str:
        Unsafe.of(value)
        return value
