"""What a source is, for the actor that asks it."""

from typing import Protocol

from engine.hardware.seen import Seen


class SilentError(Exception):
    """The source says nothing that can be used; the text says why, for people, and holds nothing of what it said."""


class Looks(Protocol):
    """One source of real hardware. Not for several threads at once."""

    def look(self) -> Seen:
        """What is there now. Raises `SilentError`; takes seconds at most, whatever the source does."""
