"""The end of a connection in peace: the death is told and confirmed before anything is closed.

The broker here is a socket that the test reads itself, so that the order of packets and the moment of every answer are
the test's to choose.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from schemas.commands import Disconnect
from tests.actors.sinks.mqtt_rig import Recorder, Rig
from tests.brokers.processes import wait_until

CONNECT, CONNACK, PUBLISH, PUBACK, DISCONNECT = 1, 2, 3, 4, 14
LIMIT_S = 20.0


class Broker:
    """The broker's end of one connection, packet by packet; MQTT 3.1.1, which has no properties."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(LIMIT_S)
        self._sock = socket.socket()  # of nobody yet
        self.environment = {"MQTT_HOST": "127.0.0.1", "MQTT_PORT": str(self._listener.getsockname()[1])}

    def accept(self) -> None:
        self._sock.close()
        self._sock, _ = self._listener.accept()
        self._sock.settimeout(LIMIT_S)
        assert self.packet()[0] == CONNECT
        self._sock.sendall(bytes([CONNACK << 4, 2, 0, 0]))

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self._sock.recv(count - len(found))
            if not more:
                raise EOFError
            found += more
        return found

    def packet(self) -> tuple[int, bytes]:
        """Kind and body; `EOFError` when the client has closed in order, `ConnectionResetError` when it has not."""
        kind = self._exactly(1)[0] >> 4
        length = shift = 0
        while True:
            byte = self._exactly(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self._exactly(length)

    def published(self) -> tuple[bytes, dict[str, Any]]:
        """The number of the next message, and what it says."""
        kind, body = self.packet()
        assert kind == PUBLISH
        at = 2 + int.from_bytes(body[:2], "big")
        return body[at : at + 2], orjson.loads(body[at + 2 :])

    def acknowledge(self, number: bytes) -> None:
        self._sock.sendall(bytes([PUBACK << 4, 2]) + number)

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long, and the connection stays."""
        self._sock.settimeout(seconds)
        try:
            return self._sock.recv(1) is None
        except TimeoutError:
            return True
        finally:
            self._sock.settimeout(LIMIT_S)

    def close(self) -> None:
        self._sock.close()
        self._listener.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    made.close()


def _up(broker: Broker) -> Rig:
    """A sink that is connected, has been born, and has nothing to send."""
    made = Rig(broker.environment, "t", connection="per-device", protocol="3.1.1", payload="frame")
    made.put("pi-1")
    broker.accept()
    number, said = broker.published()
    assert said["reason"] == "connected"
    broker.acknowledge(number)
    broker.acknowledge(broker.published()[0])
    made.drained()
    return made


def _stopping(made: Rig) -> threading.Thread:
    thread = threading.Thread(target=made.stop)
    thread.start()
    return thread


def test_a_stop_disconnects_only_when_the_broker_has_confirmed_the_death(broker: Broker) -> None:
    made = _up(broker)
    thread = _stopping(made)
    number, said = broker.published()
    assert (said["state"], said["reason"]) == ("offline", "stopped")
    assert broker.silent(0.3), "it waits for the answer"
    broker.acknowledge(number)
    assert broker.packet()[0] == DISCONNECT
    with pytest.raises(EOFError):
        broker.packet()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_a_broker_that_answers_nothing_does_not_keep_a_stop_for_ever(broker: Broker) -> None:
    made = _up(broker)
    thread = _stopping(made)
    assert broker.published()[1]["reason"] == "stopped"
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    with pytest.raises(EOFError):  # without the packet DISCONNECT, so that the broker tells the Last Will
        broker.packet()


def test_told_to_disconnect_it_waits_for_what_is_under_way(broker: Broker) -> None:
    made = _up(broker)
    try:
        made.put("pi-1")
        record, _ = broker.published()
        made.sink.act(Disconnect("pi-1", abrupt=False))
        number, said = broker.published()
        assert said["reason"] == "disconnected by command"
        made.put("pi-1")
        assert broker.silent(0.3), "nothing new goes out any more"
        broker.acknowledge(record)
        broker.acknowledge(number)
        assert broker.packet()[0] == DISCONNECT
        wait_until(lambda: made.sink.books.totals().acked == 2, LIMIT_S, "the record under way")
        assert made.sink.resent == 0
    finally:
        made.crash()


def test_what_a_writer_leaves_unconfirmed_is_counted_when_its_successor_sends_it_again(broker: Broker) -> None:
    made = _up(broker)
    made.put("pi-1")
    assert broker.published()[1]["sequence"] == 1
    made.crash()
    assert made.sink.resent == 0
    made.start(2)
    try:
        broker.accept()
        assert broker.published()[1]["reason"] == "connected"
        assert broker.published()[1]["sequence"] == 1
        assert made.sink.resent == 1
    finally:
        made.crash()


def test_a_slow_network_does_not_turn_a_goodbye_into_a_last_will(
    mosquitto: Any, fault_proxy: Callable[[str, int], Any]
) -> None:
    proxy = fault_proxy(mosquitto.host, mosquitto.port)
    environment = {"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}
    devices = [f"pi-{number}" for number in range(20)]
    made = Rig(environment, "slow", connection="per-device")
    for device in devices:
        made.put(device)
    made.drained()
    with Recorder(mosquitto, "slow-status/#", "slow-mark") as seen:
        seen.wait("slow-status/", len(devices))
        proxy.latency(100, 50)
        made.stop()
        wait_until(lambda: proxy.connections == 0, LIMIT_S, "the broker to see every end")
        seen.client.publish("slow-mark", b"now", 1)
        seen.wait("slow-mark", 1)
        said = [orjson.loads(payload)["reason"] for _, payload in seen.on("slow-status/")]
    assert said == ["connected"] * len(devices) + ["stopped"] * len(devices)
