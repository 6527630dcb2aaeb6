"""The bridge from MQTT to Kafka: what a Kafka Connect source does in production, and the same records.

A message is acknowledged to the MQTT broker once Kafka has it, and acknowledgements leave in the order in which the
messages came (MQTT-4.6.0-2), so nothing is lost in between; after a broken connection some come twice.
"""

import threading
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from actors.embedded.subscriber import Subscriber
from engine.clock import NANOSECONDS, Wall, WallClock

TOPIC_HEADER: Final = "CamelHeader.CamelMqttTopic"
QOS_HEADER: Final = "CamelHeader.CamelMqttQoS"
"""What Camel's MQTT source adds to each record."""
POLL_S: Final = 0.1
QUIET_S: Final = 0.3
"""No message for this long: there are no more for now."""
DRAIN_S: Final = 5.0
POISON: Final = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD})
"""Errors that are the message's own: it will not go in next time either."""


@dataclass(frozen=True, slots=True)
class BridgeSpec:
    """From where to where."""

    mqtt_host: str
    mqtt_port: int
    topics: str
    """The MQTT topic filter: `data-simulator/#`."""
    kafka: str
    """Bootstrap servers."""
    kafka_topic: str
    mqtt_version: int = 5
    client_id: str = "data-simulator-bridge"
    qos: int = 1


class BridgeView(NamedTuple):
    """What went through so far."""

    received: int
    delivered: int
    rejected: int
    waiting: int
    """Received and not yet in Kafka."""
    problem: str


@dataclass(slots=True, eq=False)
class _Passage:
    """A message that is to be acknowledged; not any more when its connection ends, for then it comes again."""

    mid: int
    qos: int
    done: bool = False


class Bridge:
    """One bridge. `turn` belongs to one thread; messages come in on the subscriber's own."""

    def __init__(self, spec: BridgeSpec, wall: Wall | None = None) -> None:
        self._spec = spec
        self._wall = wall or WallClock()
        self._lock = threading.RLock()
        self._passages: deque[_Passage] = deque()
        self._failure: BaseException | None = None
        self._last_ns = self._wall.monotonic_ns()
        self._received = self._delivered = self._rejected = 0
        self._problem = ""
        self._producer = Producer({**_producer_settings(spec), "error_cb": self._troubled})
        self._subscriber = Subscriber(
            spec.mqtt_host,
            spec.mqtt_port,
            (spec.topics,),
            take=self._take,
            version=spec.mqtt_version,
            client_id=spec.client_id,
            qos=spec.qos,
            manual_ack=True,
            lost=self._forget,
        )

    @property
    def ready(self) -> threading.Event:
        """Set once the subscription stands: what is published from then on goes through."""
        return self._subscriber.ready

    def open(self) -> None:
        """Connect, in the background; a broker that is not there yet is tried again."""
        self._subscriber.start()

    def turn(self) -> None:
        """Hear from Kafka what arrived, waiting a moment for it. Raises whatever went wrong on any thread."""
        self._producer.poll(POLL_S)
        if self._failure is not None:
            raise self._failure
        self._subscriber.check()

    def view(self) -> BridgeView:
        """How much went through."""
        with self._lock:
            waiting = self._received - self._delivered - self._rejected
            problem = self._subscriber.problem or self._problem
            return BridgeView(self._received, self._delivered, self._rejected, waiting, problem)

    def drain(self, timeout_s: float = DRAIN_S) -> bool:
        """Go on until no message comes and none waits; whether it came to that."""
        until = self._wall.monotonic_ns() + round(timeout_s * NANOSECONDS)
        quiet_ns = round(QUIET_S * NANOSECONDS)
        begun = self._wall.monotonic_ns()
        while (now := self._wall.monotonic_ns()) < until:
            self.turn()
            if not self._passages and now - max(self._last_ns, begun) > quiet_ns:
                return True
        return False

    def close(self) -> None:
        """Let go of both sides. What is not acknowledged comes again to the next bridge of this name."""
        self._subscriber.close()
        self._producer.flush(1.0)

    def _take(self, topic: str, payload: bytes, message: Any) -> None:
        """Pass a message on; on the subscriber's thread."""
        passage = _Passage(message.mid, message.qos)
        headers: list[tuple[str, str | bytes | None]] = [
            (TOPIC_HEADER, topic.encode()),
            (QOS_HEADER, str(message.qos).encode()),
        ]
        delivered = partial(self._arrived, passage)
        with self._lock:
            self._received += 1
            self._last_ns = self._wall.monotonic_ns()
            self._passages.append(passage)
        while True:
            try:
                self._producer.produce(
                    self._spec.kafka_topic, value=payload, key=topic.encode(), headers=headers, on_delivery=delivered
                )
                return
            except BufferError:
                self._producer.poll(POLL_S)  # full: the broker keeps the rest meanwhile
            except KafkaException as error:
                self._arrived(passage, error.args[0], None)
                return

    def _arrived(self, passage: _Passage, error: KafkaError | None, _: Any) -> None:
        """Kafka has the message, or will never have it."""
        with self._lock:
            if error is None:
                self._delivered += 1
                self._problem = ""
            elif error.code() in POISON:
                self._rejected += 1
                self._problem = f"rejected: {error.str()}"
            else:
                self._failure = KafkaException(error)
                return
            passage.done = True  # the next line passes over one that was forgotten
            while self._passages and self._passages[0].done:
                first = self._passages.popleft()
                self._subscriber.ack(first.mid, first.qos)

    def _forget(self) -> None:
        """The connection ended; its acknowledgements mean nothing to the next one. The records arrive all the same."""
        with self._lock:
            self._passages.clear()

    def _troubled(self, error: KafkaError) -> None:
        self._problem = error.str()
        if error.fatal():
            self._failure = KafkaException(error)


def _producer_settings(spec: BridgeSpec) -> dict[str, Any]:
    return {
        "bootstrap.servers": spec.kafka,
        "client.id": spec.client_id,
        "enable.idempotence": True,
        "linger.ms": 2,
        # for ever: the MQTT broker keeps what is not acknowledged, so waiting loses nothing
        "message.timeout.ms": 0,
        "reconnect.backoff.max.ms": 1000,
        # as Java's clients choose partitions, so that a device lies where Kafka Connect would have put it
        "partitioner": "murmur2_random",
        "log_level": 0,
    }
