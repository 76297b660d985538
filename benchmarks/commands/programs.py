"""How this installation's programs must be typed here, so that a command named in an output can be copied and run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def program(name: str) -> str:
    """`name` when PATH leads to ours, else our own one's path, seen from the folder we are in where that is shorter."""
    ours, found = Path(sys.executable).with_name(name), shutil.which(name)
    if not ours.exists() or (found and Path(found).resolve() == ours.resolve()):
        return name
    return min(os.path.relpath(ours), str(ours), key=len)


def typable(sentence: str) -> str:
    """The sentence with every command of ours in it as it must be typed: "`harmony up`" -> "`.venv/bin/harmony up`"."""
    return sentence.replace("`harmony ", f"`{program('harmony')} ")
