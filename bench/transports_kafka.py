"""The Kafka sink against the libraries' own ceiling: a loop that does nothing but `schemaless_writer` and `produce`.

Both send one Avro record per reading to the mock cluster inside librdkafka, in the same process and on the same cores,
and end when the cluster has confirmed the last one. The loop has ready records, no headers and a callback that counts;
the sink does what it always does: frames through its lane, with or without a spool on disk, and its books, headers,
simulated instants, order, settling by delivery report.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from confluent_kafka import Producer
from fastavro import parse_schema, schemaless_writer

from actors.embedded.kafka import start_kafka
from actors.embedded.registry import start_registry
from actors.sinks.base import Surroundings
from actors.sinks.kafka import SINK
from bench.harness import Ratio, Workload
from engine.clock import WallClock
from schemas.formats.avro import FORMAT
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import Frame, Reading
from schemas.settings import Settings

T0: Final = 1_767_225_600 * 10**9
FRAMES: Final = 40_000
READINGS: Final = FRAMES * len(QUANTITIES)
TOPIC: Final = "bench"
WINDOW: Final = 50_000


class Cost(NamedTuple):
    """What so many records took."""

    records: int
    seconds: float
    cpu_s: float
    """Of all threads of the process, the broker's among them."""


@contextmanager
def _cluster() -> Iterator[tuple[str, str]]:
    """Addresses of a cluster and of a registry."""
    with ExitStack() as stack:
        kafka = start_kafka({TOPIC: 6})
        stack.callback(kafka.close)
        registry = start_registry()
        stack.callback(registry.close)
        yield kafka.bootstrap, registry.url


def _frames(count: int) -> list[Frame]:
    readings = tuple(Reading(name, name, UNITS[name], 41.5, T0) for name in QUANTITIES)
    return [Frame(f"cpu-{i % 100:04d}", "cpu", i // 100, T0, readings, None) for i in range(count)]


def bare() -> Cost:
    """The loop."""
    schema = parse_schema(json.loads(FORMAT.schema("reading")))
    records = [_record(frame, part) for frame in _frames(1000) for part in range(len(frame.readings))]
    confirmed = [0]

    def on_delivery(error: Any, _: Any) -> None:
        confirmed[0] += error is None

    with _cluster() as (servers, _):
        settings = {"bootstrap.servers": servers, "enable.idempotence": True, "linger.ms": 5, "log_level": 0}
        producer: Any = Producer({**settings, "queue.buffering.max.messages": WINDOW})
        producer.produce(TOPIC, b"first")
        producer.flush()
        start, cpu = time.perf_counter(), time.process_time()
        for turn in range(READINGS):
            record = records[turn % len(records)]
            out = BytesIO()
            schemaless_writer(out, schema, record)
            while True:
                try:
                    producer.produce(TOPIC, out.getvalue(), record["device"], on_delivery=on_delivery)
                    break
                except BufferError:
                    producer.poll(0.01)
            if not turn % 500:
                producer.poll(0)
        while confirmed[0] < READINGS:
            producer.poll(0.01)
        return Cost(READINGS, time.perf_counter() - start, time.process_time() - cpu)


def _record(frame: Frame, part: int) -> dict[str, Any]:
    reading = frame.readings[part]
    time_us = reading.time_ns // 1000
    head = {"device": frame.device, "kind": frame.kind, "sequence": frame.sequence, "part": part, "parts": 6}
    return {**head, **reading._asdict(), "time": time_us}


def sink(**options: Any) -> Cost:
    """The sink, from its door to the cluster's confirmation."""
    frames = _frames(FRAMES)
    with _cluster() as (servers, registry), tempfile.TemporaryDirectory() as folder:
        found = Settings.load(
            {"KAFKA_BROKER_SETTINGS": servers, "KAFKA_SCHEMA_ENDPOINT": registry, "TOPIC_NAME": TOPIC}
        )
        chosen = SINK.options.model_validate({"window": WINDOW, **options})
        around = Surroundings("bench", format=FORMAT, wall=WallClock(), state_folder=Path(folder), settings=found)
        made = SINK.build(chosen, around)
        pump = made.pump(1, lambda: None)
        pump.start()
        made.lane.put(_frames(1)[0]._replace(device="first"))
        while made.depth:
            pump.turn()
        start, cpu = time.perf_counter(), time.process_time()
        at = 0
        while made.depth or at < FRAMES:
            while at < FRAMES and made.open():
                for frame in frames[at : at + 500]:
                    made.lane.put(frame)
                at += 500
            pump.turn_once()
        cost = Cost(READINGS, time.perf_counter() - start, time.process_time() - cpu)
        pump.finish()
        made.abandon()
        made.close()
        return cost


def _rate(run: Callable[[], Cost]) -> Callable[[], float]:
    def measure() -> float:
        cost = run()
        return cost.records / cost.seconds

    return measure


def _cpu(run: Callable[[], Cost]) -> Callable[[], float]:
    def measure() -> float:
        cost = run()
        return cost.cpu_s / cost.records * 1e6

    return measure


def _spooled() -> Cost:
    return sink()


def _in_memory() -> Cost:
    return sink(spool="none")


def _transactional() -> Cost:
    return sink(transactional=True, batch=5_000)


WORKLOADS: Final = (
    Workload("kafka bare", "records/s", _rate(bare), "fastavro.schemaless_writer and produce(on_delivery), no more"),
    Workload("kafka sink, spool", "records/s", _rate(_spooled), "one Avro record per reading, spool on disk"),
    Workload("kafka sink, memory", "records/s", _rate(_in_memory), "the same without a spool on disk"),
    Workload("kafka sink, transactions", "records/s", _rate(_transactional), "5,000 frames in each"),
    Workload("kafka bare, cpu", "us/record", _cpu(bare)),
    Workload("kafka sink, spool, cpu", "us/record", _cpu(_spooled)),
    Workload("kafka sink, memory, cpu", "us/record", _cpu(_in_memory)),
)
RATIOS: Final = (
    Ratio("kafka sink over bare produce, spool", "kafka sink, spool", "kafka bare", at_least=0.5),
    Ratio("kafka sink over bare produce, memory", "kafka sink, memory", "kafka bare"),
    Ratio("kafka sink, transactions, over bare produce", "kafka sink, transactions", "kafka bare"),
)
