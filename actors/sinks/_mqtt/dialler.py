"""The dialler: reaching a broker waits (name, TCP, TLS), so a few threads do that and nothing else."""

import ssl
from collections.abc import Callable
from queue import SimpleQueue
from socket import gaierror
from threading import Thread
from typing import Final

from actors.sinks._mqtt.session import Session

THREADS: Final = 8


class Dialler:
    """`dialled` is told on a thread of the dialler how each dial went: the error, or `None`."""

    def __init__(self, name: str, dialled: Callable[[Session, Exception | None], None]) -> None:
        self._name = name
        self._dialled = dialled
        self._line: SimpleQueue[Session | None] = SimpleQueue()
        self._threads: list[Thread] = []

    def dial(self, session: Session) -> None:
        """Have this session reach its broker, soon."""
        self._line.put(session)
        if len(self._threads) < THREADS:
            thread = Thread(target=self._work, name=f"{self._name}-dial-{len(self._threads)}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no threads are to be had now
                if not self._threads:
                    raise
            else:
                self._threads.append(thread)

    def close(self) -> None:
        """Let the threads go; one that waits for the network ends when that has answered."""
        for _ in self._threads:
            self._line.put(None)

    def _work(self) -> None:
        while (session := self._line.get()) is not None:
            error: Exception | None = None
            try:
                session.dial()
            except Exception as found:
                error = found
            self._dialled(session, error)


def why(error: Exception) -> tuple[str, bool]:
    """The reason for people, and whether asking again does not mend it."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is refused: {error.verify_message}", True
        case ssl.SSLError():
            return f"TLS: {error.reason or error}", True
        case gaierror():
            return "no such host", False
        case TimeoutError():
            return "no answer in time", False
        case OSError():
            return error.strerror or str(error), False
        case _:
            return f"{type(error).__name__}: {error}", True
