"""The bridge: every message becomes one record, in order, and none is lost in between."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from confluent_kafka import Message
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from pykka import ActorRef

from actors.embedded.bridge import Bridge, BridgeSpec, BridgeView
from actors.embedded.cast import BridgeActor
from actors.embedded.pipeline import EmbeddedPipeline
from actors.embedded.turning import GetView
from schemas.commands import Crash
from schemas.formats.base import framed
from tests.actors.embedded.kafka_clients import consumed, values
from tests.actors.embedded.patience import until

VERSIONS = pytest.mark.parametrize("version", [4, 5])
TOPIC = "telemetry"


@pytest.fixture
def pipeline() -> Iterator[EmbeddedPipeline]:
    with ExitStack() as stack:
        started = EmbeddedPipeline.start({TOPIC: 3}, registry=False)
        stack.callback(started.close)
        yield started


def spec(pipeline: EmbeddedPipeline, version: int = 5) -> BridgeSpec:
    mqtt, kafka = pipeline.mqtt, pipeline.kafka
    assert mqtt is not None
    assert kafka is not None
    port = mqtt.port5 if version == 5 else mqtt.port
    return BridgeSpec(mqtt.host, port, "devices/#", kafka.bootstrap, TOPIC, version, f"bridge-{version}")


@pytest.fixture
def bridge(pipeline: EmbeddedPipeline) -> Iterator[Callable[..., "Turning"]]:
    with ExitStack() as stack:

        def make(version: int = 5) -> Turning:
            made = Turning(spec(pipeline, version))
            stack.callback(made.close)
            return made

        yield make


class Turning:
    """A bridge, turned by a thread."""

    def __init__(self, spec: BridgeSpec) -> None:
        self.bridge = Bridge(spec)
        self.error: BaseException | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self.bridge.ready.wait(10)

    def _run(self) -> None:
        self.bridge.open()
        try:
            while not self._ended.is_set():
                self.bridge.turn()
        except Exception as error:
            self.error = error

    def halt(self) -> None:
        self._ended.set()
        self._thread.join()

    def close(self) -> None:
        self.halt()
        self.bridge.close()


@pytest.fixture
def publish(pipeline: EmbeddedPipeline) -> Iterator[Callable[[str, bytes], None]]:
    """Publishes with QoS 1 and waits for the broker's word."""
    assert pipeline.mqtt is not None
    client = Client(CallbackAPIVersion.VERSION2, "publisher", protocol=MQTTv5)
    client.connect(pipeline.mqtt.host, pipeline.mqtt.port5)
    client.loop_start()

    def one(topic: str, payload: bytes) -> None:
        client.publish(topic, payload, qos=1).wait_for_publish(10)

    yield one
    client.disconnect()
    client.loop_stop()


def records(pipeline: EmbeddedPipeline, count: int) -> list[Message]:
    assert pipeline.kafka is not None
    return consumed(pipeline.kafka.bootstrap, TOPIC, count)


@VERSIONS
def test_a_message_becomes_the_record_that_connect_makes(
    pipeline: EmbeddedPipeline,
    bridge: Callable[..., Turning],
    publish: Callable[[str, bytes], None],
    version: int,
) -> None:
    bridge(version)
    payload = framed(7, bytes(range(256)))
    publish("devices/pi-1/temperature", payload)
    (record,) = records(pipeline, 1)
    assert (record.key(), record.value()) == (b"devices/pi-1/temperature", payload)
    assert record.headers() == [
        ("CamelHeader.CamelMqttTopic", b"devices/pi-1/temperature"),
        ("CamelHeader.CamelMqttQoS", b"1"),
    ]


def test_order_is_kept_for_each_topic(
    pipeline: EmbeddedPipeline, bridge: Callable[..., Turning], publish: Callable[[str, bytes], None]
) -> None:
    bridge()
    for i in range(300):
        publish(f"devices/pi-{i % 7}/fan", str(i).encode())
    found = records(pipeline, 300)
    for device in range(7):
        mine = [one for one in found if one.key() == f"devices/pi-{device}/fan".encode()]
        assert values(mine) == [str(i).encode() for i in range(device, 300, 7)]
        assert len({one.partition() for one in mine}) == 1


def test_what_is_elsewhere_stays_there(bridge: Callable[..., Turning], publish: Callable[[str, bytes], None]) -> None:
    made = bridge()
    publish("elsewhere/pi-1", b"x")
    publish("devices/pi-1", b"y")
    until(lambda: made.bridge.view() == BridgeView(1, 1, 0, 0, ""))


def test_an_outage_of_kafka_holds_messages_back_and_loses_none(
    pipeline: EmbeddedPipeline, bridge: Callable[..., Turning], publish: Callable[[str, bytes], None]
) -> None:
    """More than the hundred that the broker hands out before it wants one acknowledged."""
    assert pipeline.kafka is not None
    made = bridge()
    pipeline.kafka.down()
    for i in range(250):
        publish("devices/pi-1/fan", str(i).encode())
    until(lambda: made.bridge.view().waiting >= 90)
    until(lambda: made.bridge.view().problem)
    assert made.bridge.view().delivered == 0
    pipeline.kafka.up()
    assert values(records(pipeline, 250)) == [str(i).encode() for i in range(250)]
    until(lambda: made.bridge.view() == BridgeView(250, 250, 0, 0, ""))


@VERSIONS
def test_a_bridge_that_dies_leaves_everything_to_its_successor(
    pipeline: EmbeddedPipeline,
    bridge: Callable[..., Turning],
    publish: Callable[[str, bytes], None],
    version: int,
) -> None:
    """Nothing was acknowledged that Kafka does not have."""
    assert pipeline.kafka is not None
    first = bridge(version)
    pipeline.kafka.down()
    for i in range(20):
        publish("devices/pi-1/fan", str(i).encode())
    until(lambda: first.bridge.view().received == 20)
    first.close()
    for i in range(20, 40):
        publish("devices/pi-1/fan", str(i).encode())
    pipeline.kafka.up()
    bridge(version)
    assert values(records(pipeline, 40)) == [str(i).encode() for i in range(40)]


def test_a_broken_connection_loses_nothing(
    pipeline: EmbeddedPipeline, bridge: Callable[..., Turning], publish: Callable[[str, bytes], None]
) -> None:
    assert pipeline.kafka is not None
    made = bridge()
    pipeline.kafka.down()
    for i in range(20):
        publish("devices/pi-1/fan", str(i).encode())
    until(lambda: made.bridge.view().received == 20)
    link = made.bridge._subscriber._client.socket()
    assert isinstance(link, socket.socket)
    link.shutdown(socket.SHUT_RDWR)
    for i in range(20, 40):
        publish("devices/pi-1/fan", str(i).encode())
    pipeline.kafka.up()
    until(lambda: made.bridge.view().received >= 40 and made.bridge.view().waiting == 0)
    seen = {one.value() for one in records(pipeline, 60)}
    assert seen == {str(i).encode() for i in range(40)}


def test_what_came_over_a_connection_that_ended_is_not_acknowledged_to_the_next(
    pipeline: EmbeddedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker sends it again, perhaps with the number of another message."""
    assert pipeline.kafka is not None
    made = Bridge(spec(pipeline))
    acknowledged: list[int] = []
    monkeypatch.setattr(made._subscriber, "ack", lambda mid, _: acknowledged.append(mid))
    monkeypatch.setattr(made._subscriber, "check", lambda: None)
    for mid in (1, 2):
        message = MQTTMessage(mid)
        message.qos = 1
        made._take("devices/pi-1/fan", b"x", message)
        if mid == 1:
            made._forget()
    for _ in range(100):
        made.turn()
        if made.view().delivered == 2:
            break
    assert acknowledged == [2]
    made.close()


def test_what_kafka_will_never_take_is_rejected_and_the_rest_flows(
    pipeline: EmbeddedPipeline, bridge: Callable[..., Turning], publish: Callable[[str, bytes], None]
) -> None:
    made = bridge()
    publish("devices/pi-1/fan", b"x" * 1_040_000)
    publish("devices/pi-1/fan", b"y")
    assert values(records(pipeline, 1)) == [b"y"]
    until(lambda: made.bridge.view()[:4] == (2, 1, 1, 0))


def test_a_refused_password_is_a_problem_that_shows() -> None:
    """Not the embedded broker, which only hangs up: one that says so is played here."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            link, _ = server.accept()
            with link:
                link.recv(4096)
                link.sendall(b"\x20\x03\x00\x87\x00")
                link.recv(4096)

        thread = threading.Thread(target=refuse)
        thread.start()
        made = Bridge(BridgeSpec("127.0.0.1", server.getsockname()[1], "#", "127.0.0.1:9", TOPIC))
        made.open()
        try:
            until(lambda: "refuses: Not authorized" in made.view().problem)
        finally:
            made.close()
        thread.join()


def test_a_stop_lets_through_what_is_on_its_way(
    pipeline: EmbeddedPipeline, publish: Callable[[str, bytes], None]
) -> None:
    reference = BridgeActor.start(spec(pipeline))
    until(lambda: warmed(reference, publish))
    before = seen(reference).delivered
    for i in range(50):
        publish("devices/pi-1/fan", str(i).encode())
    reference.stop(block=True, timeout=10)
    found = values(records(pipeline, before + 50))
    assert [one for one in found if one != b"w"] == [str(i).encode() for i in range(50)]


def seen(reference: ActorRef[BridgeActor]) -> BridgeView:
    view: BridgeView = reference.ask(GetView(), block=True, timeout=5)
    return view


def warmed(reference: ActorRef[BridgeActor], publish: Callable[[str, bytes], None]) -> bool:
    """What is published before the subscription stands is nobody's."""
    publish("devices/warm", b"w")
    return seen(reference).delivered > 0 and seen(reference).waiting == 0


def test_a_crash_ends_the_incarnation_and_its_thread(pipeline: EmbeddedPipeline) -> None:
    reference = BridgeActor.start(spec(pipeline))
    assert seen(reference).received == 0
    reference.tell(Crash("fleet/bridge", "on request"))
    until(lambda: not reference.is_alive())
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("paho")])
