"""Signals: the first Ctrl-C or SIGTERM stops in order, a second Ctrl-C forces the end."""

import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final

from api.exit_codes import ExitCode

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def to_stderr(message: str) -> None:
    """Say something from inside a signal handler, where the buffered stream may be in the middle of a write."""
    os.write(2, f"\n{message}\n".encode())


class Interrupts:
    """While entered, SIGINT and SIGTERM end the process in order.

    Until `guard` is called there is nothing to lose, and a signal ends the process at once. From then on the first one
    asks the run to stop; a second SIGINT calls `force` with the exit code; a second SIGTERM changes nothing, because
    the orderly end is already under way. `say` tells the person at the terminal.

    It is entered before anything is loaded: the first process of a container gets only the signals it has a handler
    for. Signal handlers exist in the main thread only, so it must be entered there.
    """

    def __init__(self, say: Callable[[str], None] = to_stderr, force: Callable[[int], None] = os._exit) -> None:
        self._stop: Callable[[], None] | None = None
        self._say = say
        self._force = force
        self._asked = False
        self._before: dict[signal.Signals, object] = {}

    def guard(self, stop: Callable[[], None]) -> None:
        """From now on the first signal calls `stop`, once, inside a signal handler: it may only wake a loop."""
        self._stop = stop

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
        if self._stop is None:
            # what a shell gives for a process that a signal ended
            raise SystemExit(128 + number)
        if not self._asked:
            self._asked = True
            self._stop()
            self._say("Stopping in order. Ctrl-C again forces the end and loses what is still queued.")
        elif number == signal.SIGINT:
            self._force(ExitCode.FORCED)
