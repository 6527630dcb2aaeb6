"""The tail: what passes by on MQTT and Kafka, decoded, at a rate that people can read and no broker notices."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from actors.embedded.decoding import Decoder, Undecodable, compact
from actors.embedded.subscriber import Subscriber
from engine.clock import NANOSECONDS, Wall, WallClock
from schemas.connections import RegistrySettings
from schemas.printable import printable

WINDOW_S: Final = 1.0
WIDTH: Final = 240
POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class TailSpec:
    """What to look at; a source without an address is left out."""

    mqtt_host: str = ""
    mqtt_port: int = 0
    mqtt_version: int = 5
    topics: str = "#"
    """The MQTT topic filter."""
    kafka: str = ""
    """Bootstrap servers."""
    kafka_topics: tuple[str, ...] = ()
    registry: RegistrySettings | None = None
    rate: int = 5
    """Records a second of each source; others pass unseen."""
    client_id: str = "data-simulator-tail"


class Tailed(NamedTuple):
    """One record that passed by."""

    source: str
    """`mqtt` or `kafka`."""
    topic: str
    key: str
    value: Any
    """Decoded; `None` when that was not possible."""
    problem: str

    def line(self, width: int = WIDTH) -> str:
        """For people: on one line, safe to print, not longer than `width`."""
        key = f" {self.key}" if self.key else ""
        shown = f"({self.problem})" if self.problem else compact(self.value)
        text = printable(f"{self.source} {self.topic}{key} {shown}")
        return text if len(text) <= width else text[: width - 3] + "..."


class Tail:
    """Looks at both sources in turns, and tells `emit` of each record. All on one thread, but for MQTT's own."""

    def __init__(self, spec: TailSpec, emit: Callable[[Tailed], None], wall: Wall | None = None) -> None:
        self._spec, self._emit = spec, emit
        self._wall = wall or WallClock()
        self._never = threading.Event()
        self._decoder = Decoder(spec.registry, self._wall)
        self._came: deque[tuple[str, bytes]] = deque(maxlen=spec.rate)
        self._mqtt_room = self._kafka_room = spec.rate
        self._window_ends_ns = 0
        self.seen = 0
        self._consumer = Consumer(_consumer_settings(spec)) if spec.kafka else None
        self._subscriber: Subscriber | None = None
        if spec.mqtt_host:
            self._subscriber = Subscriber(
                spec.mqtt_host,
                spec.mqtt_port,
                (spec.topics,),
                take=self._take,
                version=spec.mqtt_version,
                client_id=spec.client_id,
            )

    def open(self) -> None:
        """Begin to look."""
        if self._subscriber is not None:
            self._subscriber.start()

    def turn(self) -> None:
        """Look for a moment."""
        now = self._wall.monotonic_ns()
        if now >= self._window_ends_ns:
            self._window_ends_ns = now + round(WINDOW_S * NANOSECONDS)
            self._open_window()
        if self._consumer is not None and self._kafka_room > 0:
            for message in self._consumer.consume(self._kafka_room, POLL_S):
                self._take_record(message)
        else:
            self._wall.wait(POLL_S, self._never)
        while self._came:
            topic, payload = self._came.popleft()
            self._show("mqtt", topic, "", payload)
        if self._subscriber is not None:
            self._subscriber.check()

    def view(self) -> int:
        """Records shown so far."""
        return self.seen

    def drain(self) -> bool:
        """Nothing waits here."""
        return True

    def close(self) -> None:
        """Look no more."""
        if self._subscriber is not None:
            self._subscriber.close()
        if self._consumer is not None:
            self._consumer.close()
        self._decoder.close()

    def _open_window(self) -> None:
        """Let as many records in as a window takes; a source that had more is looked at from its end again."""
        if self._consumer is not None and (self._kafka_room <= 0 or not self._consumer.assignment()):
            self._seek_end(self._consumer)
        self._kafka_room = self._spec.rate
        if self._subscriber is not None and self._mqtt_room <= 0:
            self._mqtt_room = self._spec.rate
            self._subscriber.resume()
        self._mqtt_room = self._spec.rate

    def _seek_end(self, consumer: Consumer) -> None:
        """Read all partitions from their ends; topics that are not there yet are looked for in the next window."""
        ends = []
        for topic in self._spec.kafka_topics:
            try:
                found = consumer.list_topics(topic, POLL_S * 5).topics[topic]
            except KafkaException:
                return
            ends += [TopicPartition(topic, partition, OFFSET_END) for partition in found.partitions]
        if ends:
            consumer.assign(ends)

    def _take(self, topic: str, payload: bytes, _: Any) -> None:
        """A message came; on the subscriber's thread."""
        self._mqtt_room -= 1
        if self._mqtt_room >= 0:
            self._came.append((topic, payload))
        if self._mqtt_room == 0 and self._subscriber is not None:
            self._subscriber.pause()

    def _take_record(self, message: Message) -> None:
        if message.error() is not None:
            return
        self._kafka_room -= 1
        key = message.key()
        shown = key.decode(errors="backslashreplace") if isinstance(key, bytes) else ""
        self._show("kafka", f"{message.topic()}[{message.partition()}]", shown, bytes(message.value() or b""))

    def _show(self, source: str, topic: str, key: str, data: bytes) -> None:
        try:
            tailed = Tailed(source, topic, key, self._decoder.decode(data), "")
        except Undecodable as problem:
            tailed = Tailed(source, topic, key, None, str(problem))
        self.seen += 1
        self._emit(tailed)


def _consumer_settings(spec: TailSpec) -> dict[str, Any]:
    return {
        "bootstrap.servers": spec.kafka,
        "client.id": spec.client_id,
        "group.id": spec.client_id,
        "enable.auto.commit": False,
        # little is read ahead, for most of it would be thrown away
        "queued.min.messages": 1,
        "queued.max.messages.kbytes": 256,
        "fetch.message.max.bytes": 65536,
        "fetch.wait.max.ms": 100,
        "fetch.queue.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        "log_level": 0,
    }
