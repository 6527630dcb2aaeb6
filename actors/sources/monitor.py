"""A hardware monitor behind HTTP: never longer than the time-outs, never more than the limits, nowhere else than asked.

It is asked without compression and no redirect is followed, so that neither a small answer can become a large one nor
one host send us to another.
"""

import socket
import ssl
import threading
from http.client import HTTPException
from typing import Final

from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from actors.sources.base import ANSWER_S, Guide, SilentError
from engine.hardware.monitor import six_of
from engine.hardware.seen import NOTHING, Seen
from engine.hardware.tree import TreeError, read_tree
from schemas.connections import basic
from schemas.target import Target

TIMEOUT_S: Final = 2.0
"""For connecting and for each wait for bytes."""
MOST_BYTES: Final = 4 << 20
"""The tree of a desktop has 0.2 MB."""


class Monitor:
    """One LibreHardwareMonitor or OpenHardwareMonitor. See `actors.sources.base.Looks`."""

    def __init__(
        self,
        target: Target,
        login: tuple[str, str] | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        answer_s: float = ANSWER_S,
        guide: Guide | None = None,
    ) -> None:
        """`guide` is asked before each connection, which goes to the address it says and to no other."""
        self._target = target
        self._timeout_s = timeout_s
        self._answer_s = answer_s
        self._guide = guide
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        host = f"[{target.host}]" if ":" in target.host else target.host
        self._headers["Host"] = host if target.port in (80, 443) else f"{host}:{target.port}"
        if login is not None:
            self._headers["Authorization"] = f"Basic {basic(*login)}"

    def look(self) -> Seen:
        """The six quantities. Raises `SilentError`."""
        try:
            seen = six_of(read_tree(self._fetch()))
        except TreeError as error:
            raise SilentError(f"{self._target} answers, but {error}") from None
        if seen == NOTHING:
            raise SilentError(f"{self._target} answers, but knows none of the six quantities")
        return seen

    def _fetch(self) -> bytes:
        try:
            connection = self._connection()
        except OSError:
            raise SilentError(f"{self._target}: this server does not connect there") from None
        cut = _Cut(connection)
        # each byte that comes in begins a new time-out, so the whole has one of its own
        guard = threading.Timer(self._answer_s, cut)
        guard.daemon = True
        guard.start()
        try:
            data = self._ask(connection, cut)
            if cut.done:  # a body without a length looks whole wherever it ends
                raise TimeoutError
            return data
        except (exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            why = f"no whole answer within {self._answer_s:g} s" if cut.done else self._why(error)
            raise SilentError(f"{self._target}: {why}") from None
        finally:
            guard.cancel()
            connection.close()

    def _connection(self) -> HTTPConnection:
        """To where the guide says; the name it was asked by stays that of `Host` and of the certificate."""
        target = self._target
        address = target.host if self._guide is None else self._guide(target)
        if target.scheme == "http":
            return HTTPConnection(address, target.port, timeout=self._timeout_s)
        context = ssl.create_default_context()
        return HTTPSConnection(
            address,
            target.port,
            timeout=self._timeout_s,
            ssl_context=context,
            server_hostname=target.host,
            assert_hostname=target.host,
        )

    def _ask(self, connection: HTTPConnection, cut: "_Cut") -> bytes:
        connection.connect()
        cut.socket = connection.sock
        connection.request("GET", self._target.path, headers=self._headers, preload_content=False, decode_content=False)
        response = connection.getresponse()
        try:
            if response.status != 200:
                raise SilentError(f"{self._target} answers {response.status}{_hint(response.status)}")
            return self._read(response)
        finally:
            # it holds the socket on its own by now
            response.close()

    def _read(self, response: BaseHTTPResponse) -> bytes:
        data = bytearray()
        while chunk := response.read1(65536, decode_content=False):
            data += chunk
            if len(data) > MOST_BYTES:
                raise SilentError(f"{self._target} answers with more than {MOST_BYTES:,} bytes")
        return bytes(data)

    def _why(self, error: Exception) -> str:
        """What went wrong, without a word of what the other side said."""
        if isinstance(error, exceptions.NameResolutionError):
            return "no such host"
        if isinstance(error, exceptions.NewConnectionError):
            cause = error.__cause__ or error.__context__
            words = cause.strerror if isinstance(cause, OSError) else None
            return (words or "cannot connect").lower()
        if isinstance(error, exceptions.TimeoutError | TimeoutError):
            return f"no answer within {self._timeout_s:g} s"
        if isinstance(error, ssl.SSLError | exceptions.SSLError):
            return "no TLS that can be trusted"
        if isinstance(error, ConnectionError | exceptions.ProtocolError) or "IncompleteRead" in type(error).__name__:
            return "the connection broke off"
        return "what it answers is no HTTP"


class _Cut:
    """Cuts a connection from another thread: whoever waits for its bytes gets none any more."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection
        self.socket: socket.socket | None = None
        self.done = False

    def __call__(self) -> None:
        self.done = True
        found = self.socket or self._connection.sock
        if found is not None:
            try:
                found.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself


def _hint(status: int) -> str:
    if 300 <= status < 400:
        return ": a redirect, which is not followed"
    if status in (401, 403):
        return ": give a user and a password as DATA_SIMULATOR_MONITOR_USERNAME and DATA_SIMULATOR_MONITOR_PASSWORD"
    return ""
