"""The fault proxy: each kind of weather does what its name says, and it heals."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.brokers.processes import HOST, wait_until
from tests.brokers.proxy import FaultProxy


class Echo:
    """Sends back what it gets, hangs up when the other side has, and remembers everything."""

    def __init__(self) -> None:
        self.got = b""
        self.listener = socket.create_server((HOST, 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    self.got += data
                    connection.sendall(data)
            except OSError:
                pass


@pytest.fixture
def echo() -> Iterator[Echo]:
    """A server to stand behind the proxy."""
    server = Echo()
    with closing(server.listener):
        yield server


@pytest.fixture
def proxy(echo: Echo) -> Iterator[FaultProxy]:
    """A proxy in front of it."""
    with closing(FaultProxy(HOST, echo.port)) as made:
        yield made


@pytest.fixture
def line(proxy: FaultProxy) -> Iterator[socket.socket]:
    """A connection through it that has proved to work."""
    with connected(proxy) as made:
        assert said(made, b"hello") == b"hello"
        yield made


def connected(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=5)


def said(line: socket.socket, data: bytes) -> bytes:
    """Send something and wait for as much to come back."""
    line.sendall(data)
    back = b""
    while len(back) < len(data):
        back += line.recv(65536) or pytest.fail("hung up")
    return back


def drained(line: socket.socket) -> None:
    """Read until the other side hangs up."""
    while line.recv(65536):
        pass


def test_all_passes_when_all_is_well(proxy: FaultProxy, line: socket.socket) -> None:
    big = bytes(range(256)) * 4000
    assert said(line, big) == big
    assert (proxy.connections, proxy.accepted) == (1, 1)


def test_who_hangs_up_is_heard_of(line: socket.socket) -> None:
    line.shutdown(socket.SHUT_WR)
    assert line.recv(10) == b""


def test_reset_ends_every_connection(proxy: FaultProxy, line: socket.socket) -> None:
    assert proxy.reset() == 1
    with pytest.raises(ConnectionResetError):
        line.recv(10)
    wait_until(lambda: proxy.connections == 0, 5, "still open")
    with connected(proxy) as again:
        assert said(again, b"x") == b"x"


def test_refused_until_it_heals(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        line.recv(10)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.heal()
    with connected(proxy) as again:
        assert said(again, b"x") == b"x"


def test_a_black_hole_takes_and_gives_nothing_until_it_heals(
    proxy: FaultProxy, line: socket.socket, echo: Echo
) -> None:
    proxy.black_hole()
    line.sendall(b"lost?")
    line.settimeout(0.2)
    with pytest.raises(TimeoutError):
        line.recv(10)
    assert echo.got == b"hello"
    proxy.heal()
    line.settimeout(5)
    assert line.recv(10) == b"lost?"


def test_latency_is_there_and_back_and_keeps_order(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.latency(60, jitter_ms=60)
    started = time.monotonic()
    words = b"".join(b"%06d" % number for number in range(2000))
    assert said(line, words) == words
    assert time.monotonic() - started >= 0.12


def test_bandwidth_is_held(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.bandwidth(100_000)
    started = time.monotonic()
    assert len(said(line, bytes(30_000))) == 30_000
    assert time.monotonic() - started >= 0.25


def test_a_slow_close_is_heard_late(proxy: FaultProxy, line: socket.socket) -> None:
    proxy.slow_close(0.15)
    started = time.monotonic()
    line.shutdown(socket.SHUT_WR)
    assert line.recv(10) == b""
    assert time.monotonic() - started >= 0.3


def test_cut_after_so_many_bytes_of_which_the_server_has_all(proxy: FaultProxy, echo: Echo) -> None:
    proxy.cut_after(1000)
    for _ in range(2):
        with connected(proxy) as line:
            line.sendall(bytes(5000))
            with pytest.raises(ConnectionResetError):
                drained(line)
    wait_until(lambda: len(echo.got) >= 2000, 5, "not all came")
    assert len(echo.got) == 2000


def test_a_server_that_is_away_is_no_end_of_the_proxy(proxy: FaultProxy, echo: Echo) -> None:
    # closing alone leaves the accept that waits
    echo.listener.shutdown(socket.SHUT_RDWR)

    def try_it() -> None:
        # even connecting may hear of it
        with connected(proxy) as line:
            drained(line)

    with pytest.raises(ConnectionResetError):
        try_it()
    assert proxy.accepted == 1
