"""The registry's server: the standard library's WSGI server with a thread for each request, within limits."""

import socket
import sys
import threading
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from actors.embedded.ports import LOOPBACK
from actors.embedded.registry.app import Troubles, make_app
from actors.embedded.registry.store import Store
from actors.logs import logger
from schemas.problems import CannotStart

LIMITS: Final = (
    "The embedded schema registry keeps its schemas in memory and nothing is left when it ends. It knows Avro and "
    "JSON Schema, without references between schemas."
)
MOST_CONNECTIONS: Final = 64
"""Requests served at once; a connection beyond that is closed."""
QUIET_S: Final = 10.0
"""How long a client may say nothing in the midst of a request."""


class Quiet(WSGIRequestHandler):
    """Handles one request of one connection, and prints nothing."""

    timeout = QUIET_S

    def log_message(self, *_: Any) -> None:
        """Requests are not worth a line each."""

    def address_string(self) -> str:
        """The client's address; its name is never looked up."""
        return str(self.client_address[0])


class Server(ThreadingMixIn, WSGIServer):
    """A WSGI server on a port of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((LOOPBACK, 0), Quiet)

    def server_bind(self) -> None:
        """Bind without asking for this machine's name, which takes seconds on some networks."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.socket.getsockname()[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection on a thread of its own, if there are not too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """What the connection's thread does."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is its own affair; anything else is worth a line."""
        error = sys.exception()
        if not isinstance(error, OSError):
            logger("embedded/registry").warning("a request failed", error=repr(error))


class RegistryHandle(Protocol):
    """A running registry and the troubles it can act out."""

    url: str
    """`http://127.0.0.1:port`"""
    limits: str
    """What it cannot do, for people."""

    def hang(self) -> None:
        """Take requests and answer none until `release`."""
        ...

    def release(self) -> None:
        """Answer again."""
        ...

    def fail(self, status: int, times: int = 1) -> None:
        """Answer the next requests with this HTTP status."""
        ...

    def close(self) -> None:
        """End it; what it held is gone. A second call does nothing."""
        ...


class EmbeddedRegistry:
    """The registry on a thread of this process. Raises `CannotStart`."""

    limits = LIMITS

    def __init__(self, user: tuple[str, str] | None = None) -> None:
        self.store = Store()
        self._troubles = Troubles()
        self.hang, self.release, self.fail = self._troubles.hang, self._troubles.release, self._troubles.fail
        try:
            self._server = Server()
        except OSError as error:
            raise CannotStart(f"the embedded schema registry: {error.strerror}") from None
        self._server.set_app(make_app(self.store, self._troubles, user))
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="embedded-registry", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End it."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self.release()


def start_registry(user: tuple[str, str] | None = None) -> RegistryHandle:
    """Start a registry; with `user` (name, password) it asks for them. Raises `CannotStart`."""
    return EmbeddedRegistry(user)
