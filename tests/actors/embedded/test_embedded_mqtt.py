"""The embedded MQTT broker, through stock clients."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from actors.embedded import mqtt as embedded
from actors.embedded.mqtt import MqttHandle, Rumqttd, start_mqtt
from schemas.problems import CannotStart
from tests.actors.embedded.patience import until

VERSIONS = pytest.mark.parametrize("version", [MQTTv311, MQTTv5])


@pytest.fixture(scope="module")
def broker() -> Iterator[MqttHandle]:
    with ExitStack() as stack:
        started = start_mqtt()
        stack.callback(started.close)
        yield started


class Peer:
    """A stock client on a thread of its own that keeps what it gets."""

    def __init__(
        self, broker: MqttHandle, version: int, name: str, will: str = "", user: tuple[str, str] | None = None
    ):
        self.messages: list[MQTTMessage] = []
        self.subscribed = threading.Event()
        self.connected: list[bool] = []
        self.ended = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, name, protocol=version)  # type: ignore[arg-type]
        if will:
            self.client.will_set(will, b"gone", qos=1)
        if user:
            self.client.username_pw_set(*user)
        self.client.on_connect = lambda *said: self.connected.append(not said[3].is_failure)
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = lambda *said: self.messages.append(said[2])
        self.client.connect(broker.host, broker.port5 if version == MQTTv5 else broker.port)
        self.client.loop_start()

    def subscribe(self, topic: str, qos: int = 1) -> "Peer":
        until(lambda: self.connected)
        self.client.subscribe(topic, qos)
        assert self.subscribed.wait(10)
        return self

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def peer(broker: MqttHandle) -> Iterator[Callable[..., Peer]]:
    """Makes clients of the module's broker and ends them."""
    with ExitStack() as stack:

        def make(version: int, name: str, **more: Any) -> Peer:
            made = Peer(broker, version, name, **more)
            stack.callback(made.close)
            return made

        yield make


@VERSIONS
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_pass_with_large_payloads(peer: Callable[..., Peer], version: int, qos: int) -> None:
    reader = peer(version, f"reader-{version}-{qos}").subscribe(f"large/{version}/{qos}", qos)
    writer = peer(version, f"writer-{version}-{qos}")
    writer.client.publish(f"large/{version}/{qos}", b"x" * 300_000, qos=qos)
    until(lambda: reader.messages)
    assert len(reader.messages[0].payload) == 300_000


@VERSIONS
def test_a_retained_message_awaits_the_subscriber(peer: Callable[..., Peer], version: int) -> None:
    peer(version, f"keeper-{version}").client.publish(f"kept/{version}", b"born", qos=1, retain=True).wait_for_publish(
        10
    )
    reader = peer(version, f"late-{version}").subscribe(f"kept/{version}")
    until(lambda: reader.messages)
    assert (reader.messages[0].payload, reader.messages[0].retain) == (b"born", True)


@VERSIONS
def test_the_last_will_fires_when_a_connection_breaks(peer: Callable[..., Peer], version: int) -> None:
    reader = peer(version, f"watcher-{version}").subscribe(f"will/{version}")
    frail = peer(version, f"frail-{version}", will=f"will/{version}")
    until(lambda: frail.connected)
    link = frail.client.socket()
    assert isinstance(link, socket.socket)
    link.shutdown(socket.SHUT_RDWR)
    until(lambda: reader.messages)
    assert reader.messages[0].payload == b"gone"


@VERSIONS
def test_with_users_others_are_turned_away(version: int) -> None:
    broker = start_mqtt({"pi": 'it"s \\ a=secret\n'})
    right = Peer(broker, version, "right", user=("pi", 'it"s \\ a=secret\n'))
    until(lambda: right.connected == [True])
    wrong = Peer(broker, version, "wrong", user=("pi", "guess"))
    assert wrong.ended.wait(10)
    assert wrong.connected == []
    for one in (right, wrong):
        one.close()
    broker.close()


def test_it_listens_on_loopback_only(broker: MqttHandle) -> None:
    assert isinstance(broker, Rumqttd)
    listening = [
        one.laddr for one in psutil.Process(broker.pid).net_connections("tcp") if one.status == psutil.CONN_LISTEN
    ]
    assert sorted(listening) == sorted([("127.0.0.1", broker.port), ("127.0.0.1", broker.port5)])


def test_ctrl_c_does_not_reach_it(broker: MqttHandle) -> None:
    """Devices disconnect in order when the program is interrupted; for that the broker must still be there."""
    assert isinstance(broker, Rumqttd)
    assert os.getsid(broker.pid) != os.getsid(0)


def test_closing_ends_the_process_and_frees_the_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broker = Rumqttd()
    assert list(tmp_path.iterdir()) == []
    pid = broker.pid
    broker.close()
    broker.close()
    assert not psutil.pid_exists(pid)
    for port in (broker.port, broker.port5):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal that Windows does not have")
def test_it_ends_with_a_parent_that_is_killed() -> None:
    program = "from actors.embedded.mqtt import start_mqtt; b = start_mqtt(); print(b.pid, flush=True); input()"
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        until(lambda: not running(pid))


def running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_several_start_at_once_on_ports_of_their_own() -> None:
    with ThreadPoolExecutor(4) as pool:
        brokers = [future.result() for future in [pool.submit(Rumqttd) for _ in range(4)]]
    assert len({port for one in brokers for port in (one.port, one.port5)}) == 8
    for one in brokers:
        one.close()


def test_a_broker_that_ends_at_once_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def launch(_: Path) -> subprocess.Popen[bytes]:
        started.append(1)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"], stdin=subprocess.PIPE)

    monkeypatch.setattr(embedded, "_launch", launch)
    with pytest.raises(CannotStart, match="exit code 7"):
        start_mqtt()
    assert len(started) == embedded.ATTEMPTS


def test_a_broker_that_does_not_answer_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(_: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    monkeypatch.setattr(embedded, "_launch", launch)
    monkeypatch.setattr(embedded, "START_S", 0.2)
    with pytest.raises(CannotStart, match=r"did not answer within 0\.2 s"):
        start_mqtt()


def test_without_iotcore_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda _: None)
    with pytest.raises(CannotStart, match="iotcore is not installed"):
        start_mqtt()


def test_it_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    broker = start_mqtt()
    reader = Peer(broker, MQTTv5, "reader").subscribe("#")
    reader.client.publish("a", b"b", qos=1)
    until(lambda: reader.messages)
    reader.close()
    broker.close()
    assert capfd.readouterr() == ("", "")
