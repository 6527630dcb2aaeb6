"""The wire: a socket with a buffer on each side, in the place where paho expects a socket.

Paho reads byte by byte and sends packet by packet. With a system call for each, a message costs several times what it
does when whole stretches go in and out at once. It also shows what no counter of paho's does: whether what was
published has left for the network.
"""

import socket
import ssl
from collections.abc import Callable
from typing import Final

CHUNK: Final = 65_536


class Wire:
    """Non-blocking; belongs to one thread once it is connected."""

    __slots__ = ("_at", "_in", "_out", "_sock", "closing", "dead")

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._in = b""
        self._at = 0
        self._out = bytearray()
        self.closing: Callable[[], None] | None = None
        """Called once, before the socket goes."""
        self.dead = False
        """Nothing more is sent or read: cut without a word, as by a power failure."""

    def recv(self, size: int) -> bytes:
        """The next bytes, at most `size`; empty at the end. `BlockingIOError` when there are none yet."""
        if self._at >= len(self._in):
            if self.dead:
                return b""
            self._in = self._sock.recv(CHUNK)
            self._at = 0
        start = self._at
        self._at = start + size
        return self._in[start : start + size]

    def send(self, data: bytes | bytearray) -> int:
        """Take bytes; they leave with the next `flush`."""
        self._out += data
        return len(data)

    def flush(self) -> bool:
        """Send what the network takes now; whether that was all. A broken connection shows at the next read."""
        out = self._out
        try:
            while out and not self.dead:
                del out[: self._sock.send(out)]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return False
        except OSError:
            self.dead = True
        return not out

    @property
    def unsent(self) -> int:
        """Bytes that have not left yet."""
        return len(self._out)

    @property
    def unread(self) -> bool:
        """Whether something can be read that no selector will tell of."""
        return self._at < len(self._in) or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0)

    def kill(self) -> None:
        """Cut the connection without a word; the next read finds its end."""
        self.dead = True
        self._in = b""
        self._at = 0

    def fileno(self) -> int:
        """The socket's number, for the selector."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """As of a socket."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Send what can be sent at once and close."""
        closing, self.closing = self.closing, None
        if closing is not None:
            closing()
        self.flush()
        self._sock.close()
