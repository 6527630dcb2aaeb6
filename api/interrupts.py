"""Signals: the first Ctrl-C or SIGTERM stops in order, a second Ctrl-C forces the end."""

import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final

from api.exit_codes import ExitCode

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While entered, SIGINT and SIGTERM ask `stop` to end the run instead of breaking into whatever runs.

    `stop` is called at most once, from a signal handler: it must only set a flag or wake a loop. `say` tells the person
    at the terminal. A second SIGINT calls `force` with the exit code; a second SIGTERM changes nothing, because the
    orderly end is already under way. Signal handlers exist in the main thread only, so it must be entered there.
    """

    def __init__(
        self,
        stop: Callable[[], None],
        say: Callable[[str], None],
        force: Callable[[int], None] = os._exit,
    ) -> None:
        self._stop = stop
        self._say = say
        self._force = force
        self._asked = False
        self._before: dict[signal.Signals, object] = {}

    @property
    def asked(self) -> bool:
        """Whether a signal asked for the end."""
        return self._asked

    def __enter__(self) -> "Interrupts":
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if not self._asked:
            self._asked = True
            self._stop()
            self._say("Stopping in order. Ctrl-C again forces the end and loses what is still queued.")
        elif number == signal.SIGINT:
            self._force(ExitCode.FORCED)
