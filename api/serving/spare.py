"""A descriptor kept back: whoever comes when there are none left is told so, and not left waiting at the door."""

import os
import socket
from contextlib import suppress
from threading import Event
from typing import Final

from api.serving.connection import Connection

_HEARD_S: Final = 0.05
"""How long the request is waited for that the answer belongs to; unread, it would take the answer with it."""
_BYTES: Final = 65_536
_NEVER: Final = Event()


class Spare:
    """See the module. Belongs to the thread that accepts."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._take()

    def turn_away(self, listener: socket.socket) -> None:
        """Spend it on the next one at the door; then take it back, or try to the next time."""
        if self._number is None:
            self._take()
        if self._number is None:
            _NEVER.wait(_HEARD_S)  # the door stays open: it would be tried again at once
            return
        os.close(self._number)
        self._number = None
        with suppress(OSError):
            sock, client = listener.accept()
            with sock:
                sock.settimeout(_HEARD_S)
                with suppress(OSError):
                    sock.recv(_BYTES)
                connection = Connection(sock, client, listener.getsockname())
                connection.refuse("503 Service Unavailable")
                connection.hang_up()
        self._take()

    def _take(self) -> None:
        with suppress(OSError):
            self._number = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
