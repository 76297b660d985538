"""What a supervisor is told to run: one line of JSON on its standard input, where no other user can read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from compose.arm import PORTS_PER_ARM, Arm, Place, places
from compose.local.companion import Companion
from compose.local.home import Home


@dataclass(frozen=True, slots=True)
class Plan:
    """`redis_urls` (arm -> administrator's URL, password and all) names servers that are not ours to run."""

    home: Path
    logs: Path
    arms: tuple[Arm, ...]
    port_base: int
    settings: dict[str, Any]
    redis_urls: dict[str, str] = field(default_factory=dict)
    redis_binary: Path | None = None
    companions: tuple[Companion, ...] = ()
    bound: bool = True  # ends when its standard input does, that is, with whoever started it

    def encode(self) -> bytes:
        return msgspec.json.encode(self, enc_hook=str) + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Plan:
        return msgspec.json.decode(line, type=cls, dec_hook=lambda kind, text: kind(text))

    @property
    def folder(self) -> Home:
        return Home(self.home)

    def places(self) -> Iterator[tuple[Arm, Place]]:
        """Every process of every arm, the arms in blocks of ports."""
        for index, arm in enumerate(self.arms):
            for place in places(arm, self.port_base + index * PORTS_PER_ARM):
                yield arm, place

    @property
    def traces(self) -> Path:
        """Where the processes leave the traces of orders: beside the logs, a folder for each arm."""
        return self.logs.with_name("traces")

    def log(self, arm: str, process: str) -> Path:
        return self.logs / arm / f"{process}.log"

    def log_beside(self, companion: str) -> Path:
        return self.logs / f"{companion}.log"
