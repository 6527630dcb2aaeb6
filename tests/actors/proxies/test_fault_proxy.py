"""The fault proxy: each toxic does what it says, seen by a client and a server that know nothing of it."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from actors.proxies import FaultProxy, Proxies, Toxic
from actors.proxies.kafka_addresses import KafkaAddresses


class Echo:
    """A server that says back what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.ended: list[float] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(link,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, link: socket.socket) -> None:
        with link, suppress(OSError):
            while data := link.recv(65536):
                self.heard += data
                link.sendall(data)
        self.ended.append(time.monotonic())

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxies() -> Iterator[Proxies]:
    made = Proxies(seed=3)
    yield made
    made.close()


@pytest.fixture
def proxy(echo: Echo, proxies: Proxies) -> FaultProxy:
    return proxies.add("echo", "127.0.0.1", echo.port)


def connect(proxy: FaultProxy) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", proxy.port), 5)
    link.settimeout(5)
    return link


def say(link: socket.socket, data: bytes) -> float:
    """How long it takes until the same bytes are back."""
    begun = time.monotonic()
    link.sendall(data)
    heard = bytearray()
    while len(heard) < len(data):
        part = link.recv(65536)
        if not part:
            raise ConnectionError("the other side has hung up")
        heard += part
    assert bytes(heard) == data
    return time.monotonic() - begun


def until(what: Any, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def gone(link: socket.socket) -> bool:
    try:
        link.sendall(b"x")
        return link.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_without_toxics_it_is_not_there(proxy: FaultProxy) -> None:
    with connect(proxy) as link:
        assert say(link, b"a" * 1_000_000) < 5
    assert proxy.accepted == 1


def test_latency_is_added_in_each_direction_and_taken_away_again(proxy: FaultProxy) -> None:
    with connect(proxy) as link:
        say(link, b"warm")
        proxy.poison(Toxic("latency", latency_s=0.15))
        until(lambda: say(link, b"x") >= 0.29)
        proxy.poison(Toxic("latency", "upstream", latency_s=0.15))
        until(lambda: 0.14 <= say(link, b"x") < 0.29)
        proxy.cure("latency")
        until(lambda: say(link, b"x") < 0.14)


def test_bandwidth_is_kept(proxy: FaultProxy) -> None:
    proxy.poison(Toxic("bandwidth", "downstream", rate_bytes_per_s=100_000))
    with connect(proxy) as link:
        until(lambda: proxy.connections == 1)
        assert say(link, b"a" * 50_000) > 0.4


def test_down_refuses_and_ends_and_comes_back_on_the_same_port(proxy: FaultProxy) -> None:
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("down"))
        until(lambda: gone(link))
    with pytest.raises(OSError):
        connect(proxy)
    proxy.cure("down")

    def works() -> bool:
        with suppress(OSError), connect(proxy) as again:
            say(again, b"x")
            return True
        return False

    until(works)


def test_it_comes_back_also_when_it_cannot_listen_at_once(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals: list[int] = []
    listen = proxy.listen

    async def without_descriptors() -> None:
        if len(refusals) < 3:
            refusals.append(1)
            raise OSError(24, "Too many open files")
        await listen()

    proxy.poison(Toxic("down"))
    until(lambda: refused(proxy))
    monkeypatch.setattr(proxy, "listen", without_descriptors)
    proxy.cure("down")
    until(lambda: not refused(proxy))
    assert len(refusals) == 3


def refused(proxy: FaultProxy) -> bool:
    try:
        with connect(proxy) as link:
            return say(link, b"x") < 0
    except OSError:
        return True


def test_a_timeout_lets_nothing_through_until_it_is_cured(proxy: FaultProxy, echo: Echo) -> None:
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("timeout"))
        link.settimeout(0.5)
        time.sleep(0.2)
        link.sendall(b"lost?")
        with pytest.raises(TimeoutError):
            link.recv(10)
        assert not bytes(echo.heard).endswith(b"lost?")
        proxy.cure("timeout")
        link.settimeout(5)
        assert link.recv(10) == b"lost?"


def test_a_one_way_partition_hears_and_does_not_answer(proxy: FaultProxy, echo: Echo) -> None:
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("timeout", "downstream"))
        time.sleep(0.2)
        link.settimeout(0.5)
        link.sendall(b"heard")
        with pytest.raises(TimeoutError):
            link.recv(10)
        until(lambda: bytes(echo.heard).endswith(b"heard"))


def test_a_timeout_with_an_end_ends_connections(proxy: FaultProxy) -> None:
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("timeout", delay_s=0.2))
        link.settimeout(5)
        assert gone(link)


def test_reset_peer_ends_with_a_reset(proxy: FaultProxy) -> None:
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("reset-peer"))
        until(lambda: gone(link))


def test_limit_data_ends_after_so_many_bytes(proxy: FaultProxy, echo: Echo) -> None:
    proxy.poison(Toxic("limit-data", "upstream", limit_bytes=1000))
    time.sleep(0.1)
    with connect(proxy) as link, suppress(OSError):
        for _ in range(100):
            say(link, b"a" * 100)
    assert len(echo.heard) <= 1000
    assert len(echo.heard) >= 900


def test_the_slicer_changes_no_byte(proxy: FaultProxy) -> None:
    proxy.poison(Toxic("slicer", average_bytes=100, size_variation=50, slice_delay_s=0.001))
    time.sleep(0.1)
    with connect(proxy) as link:
        assert say(link, bytes(range(256)) * 40) > 0.05


def test_a_slow_close_is_heard_late(proxy: FaultProxy, echo: Echo) -> None:
    proxy.poison(Toxic("slow-close", delay_s=0.5))
    time.sleep(0.1)
    with connect(proxy) as link:
        say(link, b"x")
        begun = time.monotonic()
    until(lambda: bool(echo.ended))
    assert echo.ended[0] - begun > 0.4


def test_toxicity_is_a_share_drawn_by_seed(echo: Echo) -> None:
    def hit() -> list[bool]:
        found = []
        proxies = Proxies(seed=5)
        proxy = proxies.add("echo", "127.0.0.1", echo.port)
        proxy.poison(Toxic("latency", toxicity=0.5, latency_s=0.1))
        time.sleep(0.1)
        for _ in range(12):
            with connect(proxy) as link:
                found.append(say(link, b"x") > 0.15)
        proxies.close()
        return found

    once = hit()
    assert 2 <= sum(once) <= 10
    assert hit() == once


def answer(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_kafka_is_told_the_address_of_the_proxy_and_nothing_else_changes(size: int) -> None:
    old, new = b"127.0.0.1" + struct.pack(">i", 40_000), b"127.0.0.1" + struct.pack(">i", 40_001)
    said = answer(b"1" + old + b"x" * 30 + old) + answer(b"") + answer(b"127.0.0.1") + answer(b"y" * 5000)
    addresses = KafkaAddresses("127.0.0.1", 40_000, 40_001)
    heard = b"".join(addresses.feed(said[at : at + size]) for at in range(0, len(said), size))
    assert heard == said.replace(old, new)
    long = answer(b"z" * ((1 << 20) + 10)) + answer(old)
    assert addresses.feed(long) == long[: -len(old)] + new


def test_closing_lets_go_of_everything(echo: Echo) -> None:
    proxies = Proxies()
    proxy = proxies.add("echo", "127.0.0.1", echo.port)
    link = connect(proxy)
    say(link, b"x")
    proxies.close()
    proxies.close()
    assert gone(link)
    link.close()
    with pytest.raises(OSError):
        connect(proxy)


def told(proxy: FaultProxy, packet: bytes) -> bytes:
    """What a client hears until the other side hangs up."""
    heard = bytearray()
    with connect(proxy) as link:
        link.sendall(packet)
        while part := link.recv(4096):
            heard += part
    return bytes(heard)


def test_a_login_is_refused_with_its_reason_in_both_versions_and_let_in_again(proxy: FaultProxy) -> None:
    five = bytes((0x10, 14, 0, 4)) + b"MQTT" + bytes((5, 2, 0, 60, 0, 0, 1)) + b"a"
    old = bytes((0x10, 13, 0, 4)) + b"MQTT" + bytes((4, 2, 0, 60, 0, 1)) + b"a"
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("refuse-login", reason=0x97))
        until(lambda: gone(link))
    assert told(proxy, five) == bytes((0x20, 3, 0, 0x97, 0))
    assert told(proxy, old) == bytes((0x20, 2, 0, 3))
    assert told(proxy, b"GET / HTTP/1.1\r\n\r\n") == b""
    proxy.cure("refuse-login")
    with connect(proxy) as link:
        until(lambda: say(link, five) >= 0)


def test_a_wrong_address_has_nobody_and_the_right_one_is_found_again(proxy: FaultProxy, echo: Echo) -> None:
    with connect(proxy) as link:
        say(link, b"x")
        proxy.poison(Toxic("wrong-address", host="127.0.0.1", port=9))
        until(lambda: gone(link))
    before = len(echo.heard)
    with suppress(ConnectionResetError), connect(proxy) as link:
        assert gone(link)
    assert len(echo.heard) == before
    proxy.cure("wrong-address")

    def through() -> bool:
        try:
            with connect(proxy) as again:
                return say(again, b"x") >= 0
        except OSError:
            return False

    until(through)
