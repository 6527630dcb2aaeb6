"""The configuration in deploy/ on a real Kafka Connect worker: MQTT in, Kafka out, keyed, payload untouched."""

import json
from collections import defaultdict
from threading import Event, Thread

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from actors.embedded.bridge import Bridge, BridgeSpec
from schemas.formats.avro import FORMAT as AVRO
from tests.actors.sinks.kafka_rig import Decoder
from tests.actors.sinks.mqtt_rig import rig
from tests.brokers.connect import DEPLOY, Connect, deployed
from tests.brokers.kafka import Kafka, Record
from tests.brokers.mosquitto import Mosquitto
from tests.brokers.registry import Registry


def publish_all(broker: Mosquitto, messages: list[tuple[str, bytes]]) -> None:
    """Publish with QoS 1, in order, and wait until the broker has confirmed all of them."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.username_pw_set(broker.username, broker.password)
    connected = Event()
    client.on_connect = lambda *_: connected.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert connected.wait(10)
    for waiting in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
        waiting.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def carried(connect: Connect, kafka: Kafka, broker: Mosquitto, messages: list[tuple[str, bytes]]) -> list[Record]:
    """What lies in Kafka after these messages were published."""
    topic = kafka.create_topic("carried", 3)
    config = deployed(
        brokerUrl=f"tcp://{broker.host}:{broker.port}", topic="devices/#", clientId="carrier", topics=topic
    )
    connect.create("carrier", config)
    try:
        connect.wait_running("carrier")
        publish_all(broker, messages)
        return kafka.records(topic, len(messages))
    finally:
        connect.delete("carrier")


def test_messages_arrive_keyed_in_order_and_untouched(
    connect: Connect, kafka: Kafka, mosquitto_password: Mosquitto
) -> None:
    # as Avro behind a schema id is: zeros, bytes that are no text, and nothing at all
    payloads = [b"\0\0\0\0\7" + bytes([number % 256, 255, 0]) for number in range(500)] + [b""]
    sent = [(f"devices/pi-{number % 7:04}", payload) for number, payload in enumerate(payloads)]
    found = carried(connect, kafka, mosquitto_password, sent)
    expected, arrived, partitions = defaultdict(list), defaultdict(list), defaultdict(set)
    for topic, payload in sent:
        expected[topic.encode()].append(payload)
    for record in found:
        assert record.key is not None
        arrived[record.key].append(record.value)
        partitions[record.key].add(record.partition)
        assert record.headers["CamelHeader.CamelMqttTopic"] == record.key
    assert arrived == expected
    assert {len(where) for where in partitions.values()} == {1}


def test_the_embedded_bridge_makes_the_very_same_records(
    connect: Connect, kafka: Kafka, registry: Registry, mosquitto: Mosquitto
) -> None:
    """Avro of the MQTT sink, carried by a Connect worker and by the project's own bridge side by side."""
    broker = mosquitto
    theirs, ours = kafka.create_topic("by-connect", 3), kafka.create_topic("by-bridge", 3)
    source = f"tcp://{broker.host}:{broker.port}"
    connect.create("both", deployed(brokerUrl=source, topic="both/#", clientId="both", topics=theirs))
    over = Event()
    spec = BridgeSpec(broker.host, broker.port, "both/#", kafka.plain, ours, 5, "own")
    bridge = Bridge(spec)
    thread = Thread(target=lambda: _turned(bridge, over))
    thread.start()
    try:
        connect.wait_running("both")
        assert bridge.ready.wait(20)
        environment = {**broker.environment(), **registry.environment()}
        with rig(environment, "both", form=AVRO, payload="frame") as made:
            for device in range(7):
                made.put(f"pi-{device}", 30)
            made.drained()
        found = [kafka.records(topic, 210) for topic in (theirs, ours)]
    finally:
        connect.delete("both")
        over.set()
        thread.join()
        bridge.close()
    by_connect, by_bridge = (
        sorted((one.partition, one.key or b"", one.value or b"", sorted(one.headers.items())) for one in records)
        for records in found
    )
    assert len(by_connect) == 210
    assert by_bridge == by_connect
    # as they lie in each partition, too
    assert [_order(records) for records in found] == [_order(found[0])] * 2
    decode = Decoder(registry.url)
    assert {f"both/{decode(value)['device']}".encode() == key for _, key, value, _ in by_connect} == {True}


def _order(records: list[Record]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for one in records:
        found[one.key or b""].append(one.value or b"")
    return dict(found)


def _turned(bridge: Bridge, over: Event) -> None:
    bridge.open()
    while not over.is_set():
        bridge.turn()


def test_the_managed_source_names_no_secret_and_the_same_topics() -> None:
    managed = json.loads((DEPLOY / "mqtt-source-confluent-cloud.json").read_text(encoding="utf-8"))["config"]
    own = deployed()
    assert managed["kafka.topic"] == own["topics"]
    assert managed["mqtt.topics"] == own["camel.kamelet.mqtt5-source.topic"]
    secrets = ("kafka.api.key", "kafka.api.secret", "mqtt.username", "mqtt.password")
    assert all(managed[name].startswith("${") for name in secrets)
    assert own["camel.kamelet.mqtt5-source.password"] == "${env:HIVE_PASSWORD}"
