"""How a companion is started, in a group of its own, and asked whether it is ready."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from compose.local.companion import Companion
from compose.local.readiness import until_ready
from compose.local.server import Serving


@dataclass(frozen=True, slots=True)
class Program:
    """A companion as something that can be started and asked whether it is ready."""

    companion: Companion
    home: Path
    log: Path

    def start(self) -> Serving:
        """In a group of its own, with nothing on its standard input. Raises OSError."""
        self._write_files()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.companion.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.companion.environment,
                start_new_session=True,
            )
        return Serving(process)

    def _write_files(self) -> None:
        for name, text in self.companion.files.items():
            path = self.home / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    async def ready(self) -> None:
        """Return when it says so."""
        await until_ready(urlsplit(self.companion.url).port or 0, self.companion.ready)
