"""The tail: decoded records of both sources, at a bounded rate."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import fastavro
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from actors.embedded.cast import TailActor
from actors.embedded.pipeline import EmbeddedPipeline
from actors.embedded.registry.server import EmbeddedRegistry
from actors.embedded.registry.store import Schema
from actors.embedded.tail import Tail, Tailed, TailSpec
from actors.embedded.turning import GetView
from schemas.connections import RegistrySettings
from schemas.formats.base import framed
from tests.actors.embedded.kafka_clients import producer
from tests.actors.embedded.patience import until

SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "R",
        "fields": [
            {"name": "n", "type": "int"},
            {"name": "time", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        ],
    }
)


def payload(schema_id: int, n: int) -> bytes:
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(json.loads(SCHEMA)), {"n": n, "time": 1_500_000})
    return framed(schema_id, body.getvalue())


@pytest.fixture
def pipeline() -> Iterator[EmbeddedPipeline]:
    with ExitStack() as stack:
        started = EmbeddedPipeline.start({"telemetry": 2})
        stack.callback(started.close)
        yield started


def spec(pipeline: EmbeddedPipeline, rate: int) -> TailSpec:
    mqtt, kafka, registry = pipeline.mqtt, pipeline.kafka, pipeline.registry
    assert mqtt is not None
    assert kafka is not None
    assert registry is not None
    return TailSpec(
        mqtt.host, mqtt.port5, 5, "devices/#", kafka.bootstrap, ("telemetry",), RegistrySettings(registry.url), rate
    )


class Watched:
    """A tail turned by a thread, and what it told."""

    def __init__(self, spec: TailSpec) -> None:
        self.told: list[Tailed] = []
        self.tail = Tail(spec, self.told.append)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.tail.open()
        while not self._ended.is_set():
            self.tail.turn()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self.tail.close()


class Publisher:
    def __init__(self, pipeline: EmbeddedPipeline) -> None:
        assert pipeline.mqtt is not None
        assert pipeline.kafka is not None
        self.client = Client(CallbackAPIVersion.VERSION2, "publisher", protocol=MQTTv5)
        self.client.connect(pipeline.mqtt.host, pipeline.mqtt.port5)
        self.client.loop_start()
        self.producer = producer(pipeline.kafka.bootstrap)

    def mqtt(self, data: bytes) -> None:
        self.client.publish("devices/pi-1/fan", data, qos=1).wait_for_publish(10)

    def kafka(self, data: bytes) -> None:
        self.producer.produce("telemetry", data, b"cpu-1")
        self.producer.poll(0)

    def close(self) -> None:
        self.producer.flush(5)
        self.client.disconnect()
        self.client.loop_stop()


def test_records_of_both_sources_are_told_decoded(pipeline: EmbeddedPipeline) -> None:
    registry = pipeline.registry
    assert isinstance(registry, EmbeddedRegistry)
    schema_id = registry.store.register("telemetry-value", Schema(SCHEMA, "AVRO")).id
    watched, publisher = Watched(spec(pipeline, rate=1000)), Publisher(pipeline)
    never = threading.Event()

    def both() -> bool:
        publisher.mqtt(payload(schema_id, 4))
        publisher.kafka(payload(schema_id, 5))
        never.wait(0.05)
        return {one.source for one in watched.told} == {"mqtt", "kafka"}

    until(both)
    lines = {one.line() for one in watched.told}
    time = "1970-01-01T00:00:01.500000+00:00"
    assert f'mqtt devices/pi-1/fan {{"n":4,"time":"{time}"}}' in lines
    assert {line.partition("] ")[2] for line in lines if line.startswith("kafka telemetry[")} == {
        f'cpu-1 {{"n":5,"time":"{time}"}}'
    }
    publisher.close()
    watched.close()


def test_no_more_is_told_than_the_rate_allows_and_it_never_ends(pipeline: EmbeddedPipeline) -> None:
    watched, publisher = Watched(spec(pipeline, rate=2)), Publisher(pipeline)
    sent = 0

    def flood() -> bool:
        nonlocal sent
        for _ in range(20):
            publisher.mqtt(b"1")
            publisher.kafka(b"2")
            sent += 1
        told = [one.source for one in watched.told]
        return told.count("mqtt") >= 6 and told.count("kafka") >= 6

    until(flood, seconds=30)
    assert len(watched.told) < sent / 4
    publisher.close()
    watched.close()


def test_what_comes_in_before_the_broker_hears_enough_is_dropped() -> None:
    tail = Tail(TailSpec(rate=2), lambda _: None)
    for _ in range(2):
        tail._take("t", b"1", None)
    tail._came.clear()
    tail._take("t", b"1", None)
    assert not tail._came
    tail.close()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'{"a": 1}', 'mqtt t {"a":1}'),
        (b"42.5", "mqtt t 42.5"),
        (b"online", 'mqtt t "online"'),
        (b"\xff\xfe", "mqtt t (2 bytes: ff fe)"),
        (b"\x1b[31m", 'mqtt t "\\u001b[31m"'),
        (framed(1, b""), "mqtt t (not of schema 1: EOFError)"),
        (framed(9, b"x"), "mqtt t (Schema 9 not found (40403))"),
        (framed(2, b'{"b":2}'), 'mqtt t {"b":2}'),
        (b"", 'mqtt t ""'),
    ],
)
def test_whatever_comes_is_shown_on_one_safe_line(data: bytes, line: str) -> None:
    registry = EmbeddedRegistry()
    registry.store.register("a", Schema(SCHEMA, "AVRO"))
    registry.store.register("b", Schema('{"type": "object"}', "JSON"))
    told: list[Tailed] = []
    tail = Tail(TailSpec(registry=RegistrySettings(registry.url)), told.append)
    tail._show("mqtt", "t", "", data)
    assert [one.line() for one in told] == [line]
    tail.close()
    registry.close()


def test_a_long_line_is_cut() -> None:
    assert Tailed("kafka", "t", "k", "x" * 1000, "").line(40) == 'kafka t k "xxxxxxxxxxxxxxxxxxxxxxxxxx...'


def test_without_a_registry_it_says_why_it_cannot_decode() -> None:
    told: list[Tailed] = []
    tail = Tail(TailSpec(), told.append)
    tail._show("kafka", "t", "k", framed(3, b"abc"))
    assert told[0].problem == "schema 3: there is no registry to ask"
    tail.close()


def test_a_registry_that_is_away_is_not_asked_for_every_record() -> None:
    registry = EmbeddedRegistry()
    registry.fail(503, times=1)
    registry.store.register("a", Schema(SCHEMA, "AVRO"))
    told: list[Tailed] = []
    tail = Tail(TailSpec(registry=RegistrySettings(registry.url)), told.append)
    for _ in range(3):
        tail._show("kafka", "t", "k", payload(1, 1))
    assert all("answers 503" in one.problem for one in told)
    tail.close()
    registry.close()


def test_as_an_actor_it_stops_when_told(pipeline: EmbeddedPipeline) -> None:
    told: list[Tailed] = []
    reference = TailActor.start(spec(pipeline, 5), told.append)
    assert reference.ask(GetView(), timeout=10) == 0
    reference.stop(block=True, timeout=10)
    assert not reference.is_alive()
