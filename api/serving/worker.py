"""The worker: Gunicorn's threads, with signals that end in order."""

import os
import signal
from collections.abc import Callable
from types import FrameType

from gunicorn.workers.gthread import ThreadWorker

from api.exit_codes import ExitCode
from api.interrupts import to_stderr
from api.serving.exits import CODE


class Worker(ThreadWorker):
    """See the module."""

    on_closing: Callable[[], None] | None = None
    _interrupts = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as Gunicorn calls it
        """SIGTERM: end in order."""
        self._close()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """SIGINT, which a terminal sends to every process, or SIGQUIT, by which the master hands one on.

        The first one ends in order; a second SIGINT forces the end.
        """
        if sig == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts > 1:
                CODE.say(ExitCode.FORCED)
                os._exit(ExitCode.FORCED)
        self._close()

    def _close(self) -> None:
        if self.alive:
            self.alive = False
            if self.on_closing is not None:
                self.on_closing()
            to_stderr("Stopping in order. Ctrl-C again forces the end and loses what is still queued.")
            self.method_queue.defer(lambda: None)
