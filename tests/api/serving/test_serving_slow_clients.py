"""Clients that say nothing, or one byte at a time, cost nobody else anything."""

import contextlib
import re
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.api.serving.server_process import Server

pytestmark = pytest.mark.timeout(180)
SILENT = DRIBBLING = 200
ATTACK_S = 14.0
HEAD = b"POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nX-Filler: "


class Attack:
    """Holds connections open: half of them silent, half with one byte now and then; opens anew what is closed."""

    def __init__(self, url: str, silent: int, dribbling: int) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 0)
        self._plan = [b""] * silent + [HEAD] * dribbling
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.closed = 0
        self.answered = 0
        self.open = threading.Event()

    def __enter__(self) -> "Attack":
        self._thread.start()
        assert self.open.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _work(self) -> None:
        with selectors.DefaultSelector() as ears:
            for first in self._plan:
                self._connect(ears, first)
            self.open.set()
            while not self._over.is_set():
                for key, _ in ears.select(0.2):
                    self._hear(ears, key)
                for key in list(ears.get_map().values()):
                    if key.data:
                        with contextlib.suppress(OSError):
                            key.fileobj.send(b"x")  # type: ignore[union-attr]
            for key in list(ears.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]

    def _connect(self, ears: selectors.BaseSelector, first: bytes) -> None:
        sock = socket.create_connection(self._address, timeout=30)
        sock.setblocking(False)
        if first:
            sock.send(first)
        ears.register(sock, selectors.EVENT_READ, first)

    def _hear(self, ears: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        sock = key.fileobj
        assert isinstance(sock, socket.socket)
        try:
            data = sock.recv(4096)
        except OSError:
            data = b""
        if data:
            self.answered += data.startswith(b"HTTP/1.1 408")
            return
        ears.unregister(sock)
        sock.close()
        self.closed += 1
        if not self._over.is_set():
            self._connect(ears, key.data)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    arguments = ("--scenario", "minimal", "--port", "0", "--set", "sinks=[{kind: 'null'}]", "--kernels", "interpreted")
    with Server(tmp_path_factory.mktemp("slow"), *arguments) as running:
        yield running.ready()


def timed(server: Server, seconds: float) -> list[float]:
    """How long each of a stream of requests takes; all must succeed."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for path in ("/livez", "/readyz", "/v1/clock"):
            start = time.monotonic()
            assert server.ask(path, timeout=10).status == 200
            took.append(time.monotonic() - start)
        time.sleep(0.1)
    return took


def test_probes_and_the_api_answer_amid_silent_and_dribbling_clients(server: Server) -> None:
    alone = statistics.quantiles(timed(server, 3.0), n=100)[97]
    with Attack(server.url, SILENT, DRIBBLING) as attack:
        took = timed(server, ATTACK_S)
        closed, answered = attack.closed, attack.answered
    assert len(took) > 20
    assert statistics.quantiles(took, n=100)[97] < max(1.0, 3 * alone), (alone, sorted(took)[-5:])
    assert closed >= SILENT + DRIBBLING, "each of them has been sent away within the time of the attack"
    assert answered, "who has sent something is told why"


def test_a_stalled_reader_holds_no_thread_for_long(server: Server) -> None:
    parts = urlsplit(server.url)
    socks = []
    for _ in range(8):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.connect((parts.hostname, parts.port))
        sock.sendall(b"GET /v1/kinds HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400)
        socks.append(sock)
    assert server.ask("/livez").status == 200
    assert server.ask("/v1/clock").status == 200
    for sock in socks:
        sock.close()


def test_a_body_that_comes_in_pieces_is_taken_whole(server: Server) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as sock:
        body = b'{"key": "not one"}'
        head = f"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        sock.sendall(head.encode() + b"Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 100 Continue")
        for byte in body:
            sock.sendall(bytes([byte]))
        answer = b""
        while b"\r\n\r\n" not in answer.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""):
            answer += sock.recv(4096)
    assert b"HTTP/1.1 4" in answer
    assert b"408" not in answer.split(b"\r\n", 1)[0]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 70_000, b"431"),
        (b"GET /" + b"y" * 5_000, b"414"),
        (b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", b"400"),
        (b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n{}", b"413"),
        (b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}", b"411"),
        (b"NONSENSE\r\n\r\n", b"400"),
    ],
)
def test_what_has_no_plain_end_is_refused_at_once(server: Server, request_: bytes, status: bytes) -> None:
    parts = urlsplit(server.url)
    start = time.monotonic()
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as sock:
        sock.sendall(request_)
        answer = sock.recv(4096)
        assert answer.split(b" ")[1] == status, answer
    assert time.monotonic() - start < 9.5, "nobody waited for the rest"


def test_requests_on_one_connection_come_back_in_order(server: Server) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as sock:
        sock.sendall(
            b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
            b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
            b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        answer = b""
        while data := sock.recv(4096):
            answer += data
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"404", b"200"]
