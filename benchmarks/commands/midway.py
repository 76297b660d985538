"""What ends a run in the middle, told in one sentence: the lab is gone, or the disk is full. Its verdict is withheld.

A lab that cannot be had at all is another matter: then nothing was begun, and the environment lacks something.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.commands.troubles import Unusable
from benchmarks.history import Unreadable
from benchmarks.runfolder import RunFolder
from compose.local.errors import NoLab, Trouble

FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def withheld(folder: RunFolder) -> Iterator[None]:
    """Of a run that has begun, meaning its manifest is there, raises Unusable in place of what broke it."""
    try:
        yield
    except (Trouble, Unreadable) as error:
        if not folder.file("manifest.json").exists():
            raise
        raise Unusable(_lost(folder, error)) from error
    except OSError as error:
        if error.errno in FULL:
            raise Unusable(_full(folder)) from error
        raise


def _lost(folder: RunFolder, error: Exception) -> str:
    why = "its supervisor is gone" if isinstance(error, NoLab) else " ".join(str(error).split()).rstrip(".")
    return (
        f"The lab was lost in the middle of the run, so there is no verdict ({why}). "
        f"Its logs, and what was recorded until then, are in {folder.path}; run it again."
    )


def _full(folder: RunFolder) -> str:
    return (
        f"The disk is full, so the run could not be recorded whole and there is no verdict. "
        f"Make room or choose another place with --out, remove {folder.path}, and run it again."
    )
