"""A server that answers each connection with what a test says, byte by byte if it must: a monitor that is not well."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Reply = Callable[[socket.socket, threading.Event], None]
"""Answers one connection; the event is set when the test is over."""


def http(body: bytes, status: str = "200 OK", *headers: str) -> Reply:
    """One whole answer."""
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""))
    return raw(head.encode() + body)


def raw(data: bytes) -> Reply:
    """These bytes, and an end."""

    def reply(peer: socket.socket, _: threading.Event) -> None:
        peer.sendall(data)

    return reply


def dribble(head: bytes, each: bytes, pause_s: float) -> Reply:
    """A beginning, and then a few bytes again and again."""

    def reply(peer: socket.socket, over: threading.Event) -> None:
        peer.sendall(head)
        while not over.wait(pause_s):
            peer.sendall(each)

    return reply


def silence(_: socket.socket, over: threading.Event) -> None:
    """Not a word."""
    over.wait(60.0)


class StandIn:
    """One server on a port of its own."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.requests: list[bytes] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer = self._listener.accept()[0]
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            peer.settimeout(10.0)
            request = b""
            while b"\r\n\r\n" not in request:
                request += peer.recv(65536) or b"\r\n\r\n"
            self.requests.append(request)
            self.reply(peer, self._over)
            peer.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._over.set()
        # a listener that somebody waits on is not closed until it is shut down
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def stand_in(reply: Reply) -> Iterator[StandIn]:
    """A server for one test."""
    server = StandIn(reply)
    try:
        yield server
    finally:
        server.close()
