"""One connection of a client, from its first byte to its last."""

import socket
from typing import Any, Final

from gunicorn.config import Config
from gunicorn.http import RequestParser

from api.serving.framing import MORE, Extent, measure

WRITE_S: Final = 10.0
"""A client gets this long to take each piece of its answer."""
_RECEIVE: Final = 65_536


class Connection:
    """A socket and what has come from it. Bytes are only ever taken by the accepting thread, and never waited for."""

    __slots__ = ("_buffer", "asked", "client", "closed", "extent", "parser", "server", "since", "sock", "until")

    is_http2 = False
    initialized = True

    def __init__(self, sock: socket.socket, client: Any, server: Any) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.client = client
        self.server = server
        self.parser: RequestParser | None = None
        """Of the request that is being answered."""
        self.extent: Extent = MORE
        self.until = 0.0
        """When patience ends, by the monotonic clock, s."""
        self.closed = False
        """Whether it is at its end."""
        self.asked = False
        """Whether the client was told to send its body."""
        self._buffer = bytearray()

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their request."""
        return len(self._buffer)

    @property
    def head(self) -> bytearray:
        """What has come so far."""
        return self._buffer

    def receive(self) -> bool:
        """Take what has come; false when the client has gone."""
        try:
            data = self.sock.recv(_RECEIVE)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        if not data:
            return False
        self._buffer += data
        return True

    def look(self) -> bool:
        """Whether there is something to answer now."""
        self.extent = measure(self._buffer) if self._buffer else MORE
        if self.extent.asks and not self.asked:
            self.asked = True
            self._say(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.extent.size > 0

    def take(self, cfg: Config) -> None:
        """Cut the request off, ready for a thread; what follows it stays."""
        size = self.extent.size
        request = bytes(self._buffer[:size])
        del self._buffer[:size]
        self.asked = False
        # It reads from memory: a thread never waits for a client to send.
        self.parser = RequestParser(cfg, iter((request,)), self.client)
        self.sock.settimeout(WRITE_S)

    def rest(self) -> None:
        """Wait for the next request."""
        self.parser = None
        self.sock.setblocking(False)

    def refuse(self, status: str) -> None:
        """A last word to somebody for whom no thread is spent."""
        body = b'{"type":"about:blank","title":"%s","status":%s}' % (status[4:].encode(), status[:3].encode())
        head = "\r\n".join(
            (
                f"HTTP/1.1 {status}",
                "Content-Type: application/problem+json",
                f"Content-Length: {len(body)}",
                "Connection: close",
                *(("Retry-After: 1",) if status.startswith("503") else ()),
            )
        )
        self._say(f"{head}\r\n\r\n".encode() + body)

    def hang_up(self) -> bool:
        """Say that nothing more comes, so that the other side still reads what it was sent; false when it has gone."""
        try:
            self.sock.setblocking(False)
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        return True

    def drain(self) -> bool:
        """Throw away what still comes after the end; false when that was all."""
        try:
            return bool(self.sock.recv(_RECEIVE))
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False

    def close(self) -> None:
        """The end."""
        self.closed = True
        try:
            self.sock.close()
        except OSError:
            pass

    def _say(self, data: bytes) -> None:
        try:
            self.sock.send(data)
        except OSError:
            pass  # it has gone, or listens to nothing
