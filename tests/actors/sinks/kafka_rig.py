"""What the tests of the Kafka sink share: a sink with its writer's thread, and a reader that knows nothing of it."""

import io
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from fastavro import parse_schema, schemaless_reader

from actors.sinks.base import Surroundings
from actors.sinks.kafka import SINK, KafkaSink
from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.base import Format
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import Frame, Reading, Truth
from schemas.settings import Settings
from tests.brokers.processes import wait_until

T0 = 1_767_225_600 * 10**9
SENSORS = len(QUANTITIES)


def frame(device: str, sequence: int, value: float | None = None, kind: str = "cpu") -> Frame:
    time_ns = T0 + sequence * 10**9 + 123_456_789
    said = 40.0 + sequence if value is None else value
    readings = tuple(Reading(name, name, UNITS[name], said, time_ns) for name in QUANTITIES)
    return Frame(device, kind, sequence, time_ns, readings, None)


def truth(device: str, sequence: int) -> Truth:
    return Truth(device, sequence, T0 + sequence * 10**9, "running", 1.0, None, (), (), (), (("load", 1.0),))


class Rig:
    """A sink at work, without a simulation around it."""

    def __init__(
        self,
        environment: Mapping[str, str],
        topic: str,
        *,
        form: Format = AVRO,
        folder: Path | None = None,
        **options: Any,
    ) -> None:
        settings = Settings.load({**environment, "TOPIC_NAME": topic})
        chosen = options if folder is not None else {"spool": "none", **options}
        made = SINK.options.model_validate(chosen)
        around = Surroundings("out", form, truth=True, gated=lambda: False, state_folder=folder, settings=settings)
        self.sink: KafkaSink = SINK.build(made, around)
        self.sent: Counter[str] = Counter()
        self.error: BaseException | None = None
        self._stop = threading.Event()

    def start(self, generation: int = 1) -> "Rig":
        self._stop = stop = threading.Event()
        self.pump = pump = self.sink.pump(generation, lambda: None)
        pump.start()
        self._thread = threading.Thread(target=self._run, args=(pump, stop), daemon=True)
        self._thread.start()
        return self

    def _run(self, pump: Any, stop: threading.Event) -> None:
        try:
            while not stop.is_set() and pump.turn():
                if pump._works is None:
                    stop.wait(0.05)
        except BaseException as error:
            self.error = error

    def put(self, device: str, count: int = 1, kind: str = "cpu") -> None:
        for _ in range(count):
            self.sink.lane.put(frame(device, self.sent[device], kind=kind))
            self.sent[device] += 1

    def put_one(self, record: Frame | Truth) -> None:
        self.sink.lane.put(record)

    def accepted(self) -> None:
        wait_until(lambda: not self.sink.lane.arriving, 10.0, "all accepted")  # type: ignore[union-attr]

    def drained(self, timeout_s: float = 30.0) -> None:
        wait_until(lambda: self.sink.depth == 0 or self.error is not None, timeout_s, f"drained ({self.sink.problem})")
        assert self.error is None

    def says(self, text: str, timeout_s: float = 20.0) -> str:
        """Wait until the sink's problem has this in it."""
        wait_until(lambda: text in self.sink.problem, timeout_s, f"{text!r}, not {self.sink.problem!r}")
        return self.sink.problem

    def halt(self) -> None:
        """The writer's thread ends between two rounds; nothing is closed."""
        self._stop.set()
        self._thread.join()

    def stop(self) -> None:
        """In order, as the writer stops."""
        self.sink.lane.refuse()
        self.halt()
        self.pump.finish()

    def crash(self) -> None:
        """The writer dies where it stands."""
        self.halt()
        self.pump.fail()


@contextmanager
def rig(environment: Mapping[str, str], topic: str, **options: Any) -> Iterator[Rig]:
    made = Rig(environment, topic, **options).start()
    try:
        yield made
    finally:
        made.crash()
        made.sink.abandon()
        made.sink.close()


class Seen(NamedTuple):
    """One record as it lies in a topic."""

    partition: int
    key: str
    value: bytes
    headers: dict[str, str]
    time_ms: int


def read(client: Mapping[str, Any], topic: str, *, isolation: str = "read_committed") -> list[Seen]:
    """All that lies in a topic now, in the order of its partitions."""
    consumer = Consumer(
        {**client, "group.id": "reader", "enable.partition.eof": True, "isolation.level": isolation, "log_level": 0}
    )
    try:
        partitions = list(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        left, found = set(partitions), []
        deadline = time.monotonic() + 20
        while left:
            assert time.monotonic() < deadline, f"{topic}: partitions {left} have no end"
            messages = consumer.consume(1000, 0.05)
            for message in messages:
                if message.error():
                    left.discard(message.partition())
                else:
                    found.append(_seen(message))
        return found
    finally:
        consumer.close()


def _seen(message: Any) -> Seen:
    headers = {name: value.decode() for name, value in message.headers() or ()}
    return Seen(message.partition(), message.key().decode(), message.value(), headers, message.timestamp()[1])


class Decoder:
    """Reads records with nothing but the schemas that a registry has."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._schemas: dict[int, Any] = {}

    def __call__(self, value: bytes) -> dict[str, Any]:
        assert value[0] == 0
        number = int.from_bytes(value[1:5], "big")
        if number not in self._schemas:
            with urlopen(f"{self._url}/schemas/ids/{number}", timeout=10) as answer:
                self._schemas[number] = parse_schema(json.loads(json.load(answer)["schema"]))
        data = io.BytesIO(value[5:])
        record: Any = schemaless_reader(data, self._schemas[number], None)
        assert not data.read(), "bytes after the record"
        assert isinstance(record, dict)
        return record


class Audit(NamedTuple):
    """What became of the records of known numbers."""

    lost: int
    duplicates: int
    inversions: int
    """First receipts that came after a later one of the same device."""


def audit(seen: Sequence[Seen], sent: Mapping[str, int], parts: int = SENSORS) -> Audit:
    """Hold what is there against what was sent; the place of a reading comes out of the body's own order."""
    orders: dict[str, list[int]] = defaultdict(list)
    for one in seen:
        orders[one.key].append(int(one.headers["sequence"]))
    lost = duplicates = inversions = 0
    for device, count in sent.items():
        counted = Counter(orders[device])
        lost += sum(max(0, parts - counted[number]) for number in range(count))
        duplicates += sum(max(0, counted[number] - parts) for number in range(count))
        highest = -1
        firsts: set[int] = set()
        for number in orders[device]:
            if number not in firsts:
                inversions += number < highest
                firsts.add(number)
                highest = max(highest, number)
    assert set(orders) <= set(sent)
    return Audit(lost, duplicates, inversions)
