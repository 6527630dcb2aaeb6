"""Listening: one selector for the sockets of all sessions, and an ear for who calls from another thread."""

import selectors
import socket
from collections.abc import Iterator

from actors.sinks._mqtt.session import Session
from actors.sinks._mqtt.wire import Wire


class Listening:
    """Belongs to the network's thread, but for `nudge`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, None)

    def listen(self, session: Session) -> None:
        """Look at its socket."""
        wire = _wire(session)
        if wire is not None:
            self._selector.register(wire, selectors.EVENT_READ, session)
            wire.closing = lambda: self._selector.unregister(wire) and None

    def deafen(self, session: Session) -> None:
        """Look away; the socket stays."""
        wire = _wire(session)
        if wire is not None and wire.closing is not None:
            wire.closing()
            wire.closing = None

    def want(self, session: Session, write: bool) -> None:
        """Be told also when it can be written to, or no longer. It has to be listened to."""
        wire = _wire(session)
        if wire is not None and wire.closing is not None:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)
            self._selector.modify(wire, events, session)

    def heard(self, wait_s: float) -> Iterator[tuple[Session, bool, bool]]:
        """Wait for the network at most so long, or for a nudge: which sessions can be read, and written to."""
        for key, events in self._selector.select(wait_s):
            if key.data is None:
                self._ear.recv(4096)
            else:
                yield key.data, bool(events & selectors.EVENT_READ), bool(events & selectors.EVENT_WRITE)

    def nudge(self) -> None:
        """End the wait. From any thread."""
        try:
            self._mouth.send(b"!")
        except OSError:
            pass  # full: it is being nudged already; closed: nobody is left to look

    def close(self) -> None:
        """Let go of everything but the sessions' sockets."""
        self._selector.close()
        self._ear.close()
        self._mouth.close()


def _wire(session: Session) -> Wire | None:
    return session.client.wire if session.client is not None else None
