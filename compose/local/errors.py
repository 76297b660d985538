"""What keeps the lab from running, told to a person."""

from __future__ import annotations


class Trouble(Exception):
    """The text is one sentence that says what is wrong and what to do; the command line prints it and leaves with 3."""


class NoLab(Trouble):
    """No lab is running in this home."""
