"""The auditor on real brokers: what it reads, where it waits, what a broker loses by itself."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from confluent_kafka import Producer
from paho.mqtt.enums import CallbackAPIVersion

from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.base import framed
from schemas.formats.json import FORMAT as JSON
from schemas.readings import Frame
from tests.actors.auditor.outside import Auditor, auditor
from tests.actors.auditor.planted import fleet
from tests.brokers.connect import Connect, deployed
from tests.brokers.kafka import Kafka
from tests.brokers.mosquitto import Mosquitto
from tests.brokers.proxy import FaultProxy
from tests.brokers.registry import Registry

FRAMES = fleet()
MakeProxy = Callable[[str, int], FaultProxy]


def written(folder: Path, frames: list[Frame]) -> str:
    """A file as a file sink writes it."""
    path = folder / "frames.jsonl"
    path.write_bytes(b"".join(JSON.encode(frame) + b"\n" for frame in frames))
    return str(path)


def registered(registry: Registry, subject: str, schema: str) -> int:
    """The id a registry gives to a schema."""
    from urllib.request import Request, urlopen

    data = json.dumps({"schema": schema}).encode()
    request = Request(f"{registry.url}/subjects/{subject}/versions", data, method="POST")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=20) as answer:
        return int(json.load(answer)["id"])


def produced(kafka: Kafka, topic: str, messages: list[tuple[str, bytes]]) -> None:
    """Produce, keyed, and wait until all of it is confirmed."""
    producer = Producer(kafka.client(enable_idempotence=True))
    for device, value in messages:
        producer.produce(topic, value, device.encode())
        producer.poll(0)
    assert producer.flush(30) == 0


def published(broker: Mosquitto, messages: list[tuple[str, bytes]]) -> None:
    """Publish with QoS 1 and wait until the broker has confirmed all of it."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.username_pw_set(broker.username, broker.password)
    client.max_inflight_messages_set(1000)
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert connected.wait(10)
    for waiting in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
        waiting.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def test_kafka_with_a_registry_is_read_to_its_end(kafka: Kafka, registry: Registry, tmp_path: Path) -> None:
    number = registered(registry, "audited-value", AVRO.schema("reading"))
    encode = AVRO.encoder("reading")
    messages = [(f.device, framed(number, encode(f, part))) for f in FRAMES for part in range(len(f.readings))]
    topic = kafka.create_topic("audited", 3)
    produced(kafka, topic, [*messages[:500], *messages[500:505], *messages[500:]])
    where = {**kafka.environment("sasl_tls"), **registry.environment()}
    with auditor(tmp_path, where, "--kafka", topic, "--reference", written(tmp_path, FRAMES)) as running:
        verdict = running.verdict(0)
    assert (verdict["duplicates"], verdict["compared"], verdict["failed"]) == (5, len(messages), [])
    lost = kafka.create_topic("audited-with-loss", 3)
    produced(kafka, lost, [*messages[:700], *messages[702:]])
    with auditor(tmp_path, where, "--kafka", lost, "--reference", written(tmp_path, FRAMES)) as running:
        # two readings of one frame, or of two
        assert running.verdict(1)["loss"] in (1, 2)


def test_mqtt_and_what_becomes_of_it_in_kafka(
    connect: Connect, kafka: Kafka, mosquitto_password: Mosquitto, tmp_path: Path
) -> None:
    topic = kafka.create_topic("bridged", 3)
    config = deployed(
        brokerUrl=f"tcp://{mosquitto_password.host}:{mosquitto_password.port}",
        topic="bridge/#",
        clientId="bridge",
        topics=topic,
    )
    connect.create("bridge", config)
    try:
        connect.wait_running("bridge")
        where = {**mosquitto_password.environment(), **kafka.environment()}
        ends = ("--mqtt", "bridge/#", "--kafka", topic, "--idle", "5s", "--forbid", "duplicates")
        with auditor(tmp_path, where, *ends, "--reference", written(tmp_path, FRAMES)) as both:
            published(mosquitto_password, [(f"bridge/{frame.device}", JSON.encode(frame)) for frame in FRAMES])
            verdict = both.verdict(0)
    finally:
        connect.delete("bridge")
    assert verdict["compared"] == 2 * len(FRAMES)
    assert {source["seen"] for source in verdict["sources"].values()} == {len(FRAMES)}
    # simulated time stands elsewhere, so latency is told against the quickest
    assert verdict["sources"]["mqtt"]["latency_ms"]["since"] == "the quickest record"


RUN = """
version: 1
name: audited-run
seed: 3
pace: 10
duration: 20s
fleet:
  - {kind: raspberry-pi, count: 10, interval: 1s}
  - {kind: cpu, count: 10, interval: 1s}
sinks:
  - {kind: mqtt, format: json-schema}
  - {kind: kafka, format: avro}
  - {kind: file, name: reference, options: {path: reference.jsonl}}
"""


def test_a_run_is_delivered_whole_to_both(
    mosquitto: Mosquitto, kafka: Kafka, registry: Registry, tmp_path: Path
) -> None:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    topic = kafka.create_topic("whole-run", 3)
    where = {**mosquitto.environment(), **kafka.environment(), **registry.environment()}
    where |= {"MQTT_TOPIC": "whole-run", "TOPIC_NAME": topic}
    ends = ("--mqtt", "whole-run/#", "--kafka", topic, "--idle", "8s", "--reference", "reference.jsonl")
    with auditor(tmp_path, where, *ends, "--forbid", "duplicates") as both:
        command = [sys.executable, "-m", "api.cli", "run", "run.yaml", "--state", "state", "--quiet"]
        known = {**os.environ, **where, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run(command, cwd=tmp_path, env=known, check=True, timeout=60)
        verdict = both.verdict(0)
    assert verdict["compared"] == 2 * 20 * 20 * 6
    books = ("--books", str(tmp_path / "state" / "kafka.spool"), "--forbid", "explained", "--forbid", "recovered")
    with auditor(tmp_path, where, "--kafka", topic, *books) as again:
        assert again.verdict(0)["sources"][f"kafka:{topic}"]["seen"] == 400


def while_away(broker: Mosquitto, proxy: FaultProxy, folder: Path, code: int) -> dict[str, Any]:
    """The verdict when a subscriber with a session is away while 1,200 messages are published."""
    behind = {"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}
    ends = ("--mqtt", "limit/#", "--idle", "6s", "--reference", written(folder, FRAMES))
    with auditor(folder, behind, *ends) as running:
        proxy.refuse()
        published(broker, [(f"limit/{frame.device}", JSON.encode(frame)) for frame in FRAMES])
        proxy.heal()
        return running.verdict(code)


def test_what_mosquitto_drops_by_its_own_limit_is_found(
    mosquitto_default_limits: Mosquitto, fault_proxy: MakeProxy, tmp_path: Path
) -> None:
    broker = mosquitto_default_limits
    verdict = while_away(broker, fault_proxy(broker.host, broker.port), tmp_path, 1)
    assert verdict["failed"] == ["loss"]
    # all 1,200 were confirmed to who published them, and 1,000 have a place
    assert (verdict["loss"], verdict["sources"]["mqtt"]["seen"]) == (200, 1000)


def test_a_mosquitto_without_that_limit_drops_nothing(
    mosquitto: Mosquitto, fault_proxy: MakeProxy, tmp_path: Path
) -> None:
    verdict = while_away(mosquitto, fault_proxy(mosquitto.host, mosquitto.port), tmp_path, 0)
    assert verdict["sources"]["mqtt"]["seen"] == len(FRAMES)


@pytest.mark.parametrize(
    ("source", "missing"), [(("--kafka", "nowhere"), "no topic 'nowhere'"), (("--mqtt", "x/#"), "no MQTT broker")]
)
def test_a_source_that_is_not_there_is_said_at_once(
    kafka: Kafka, tmp_path: Path, source: tuple[str, str], missing: str
) -> None:
    where = {**kafka.environment(), "MQTT_HOST": "127.0.0.1", "MQTT_PORT": "1"}
    running = Auditor(tmp_path, where, *source)
    try:
        with pytest.raises(AssertionError, match=missing):
            running.listening()
    finally:
        running.kill()


def test_a_refused_subscription_is_said(mosquitto_password: Mosquitto, tmp_path: Path) -> None:
    where = {**mosquitto_password.environment(), "HIVE_PASSWORD": "wrong"}
    running = Auditor(tmp_path, where, "--mqtt", "x/#")
    try:
        with pytest.raises(AssertionError, match="Not authorized"):
            running.listening()
    finally:
        running.kill()
