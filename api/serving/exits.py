"""The exit code that a worker asks of its master: a number in memory that both have, made before any worker."""

import mmap
from typing import Final

from api.exit_codes import ExitCode

_UNSAID: Final = 255


class SharedCode:
    """Whoever speaks first is heard, but a forced end wins over all."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)
        self._memory[0] = _UNSAID

    def say(self, code: int) -> None:
        """Ask for an exit code."""
        if self._memory[0] == _UNSAID or code == ExitCode.FORCED:
            self._memory[0] = code

    def said(self) -> int | None:
        """What was asked for, if anything was."""
        found = self._memory[0]
        return None if found == _UNSAID else found


CODE: Final = SharedCode()
