"""What a source is, for the actor that asks it."""

from collections.abc import Callable
from typing import Final, Protocol

from engine.hardware.seen import Seen
from schemas.target import Target

Guide = Callable[[Target], str]
"""The address to connect to for a target. Raises `OSError` where nobody may."""

ANSWER_S: Final = 4.0
"""For a whole answer from the first byte sent, however slowly it trickles in."""


class SilentError(Exception):
    """The source says nothing that can be used; the text says why, for people, and holds nothing of what it said."""


class Looks(Protocol):
    """One source of real hardware. Not for several threads at once."""

    def look(self) -> Seen:
        """What is there now. Raises `SilentError`; takes seconds at most, whatever the source does."""
