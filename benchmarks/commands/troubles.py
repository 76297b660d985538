"""Which exceptions are troubles of the environment, and how each becomes one sentence for a person."""

from __future__ import annotations

import re

from benchmarks.commands.ending import ENVIRONMENT, FAILED

SECRET = re.compile(r"//[^/@\s]*@")
"""A name and a password in an address."""


class Unusable(Exception):
    """A run's records cannot be judged. The text is the sentence."""


def sentence(error: Exception) -> str | None:
    """What is wrong and what to do, in one line; None when it is nobody's fault but ours."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}. Choose another file or folder, or mend its permissions."
    if isinstance(error, Unusable):
        return str(error)
    return _of_the_lab(error) or _of_a_setting(error)


def exit_code(error: Exception) -> int:
    """1 for records that cannot be used, 3 for whatever the environment lacks."""
    return FAILED if isinstance(error, Unusable) else ENVIRONMENT


def _of_the_lab(error: Exception) -> str | None:
    from benchmarks.history import Unreadable
    from common.store.binary import NoServer
    from common.store.provision import Refused
    from compose.local.errors import Trouble

    if isinstance(error, Unreadable):
        return f"{error} (`harmony status` shows whether the server runs)"
    return " ".join(str(error).split()) if isinstance(error, (Trouble, NoServer, Refused)) else None


def _of_a_setting(error: Exception) -> str | None:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or error.title not in ("Settings", "Machine"):
        return None
    first = error.errors()[0]
    name = "_".join(("HARMONY", *(str(part).upper() for part in first["loc"])))
    why = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    given = SECRET.sub("//***@", repr(first["input"]))
    return f"{name} is {given}, which will not do: {why[:1].lower()}{why[1:]}."
