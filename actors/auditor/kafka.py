"""What lies in Kafka's topics, from their beginning."""

from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from actors.auditor.sightings import Message
from engine.clock import WallClock
from schemas.connections import KafkaSettings
from schemas.problems import CannotStart

READY_S: Final = 15.0
TAKEN: Final = 10_000


class KafkaSource:
    """All partitions of one topic: what was there when it started, and with `live` whatever comes after."""

    def __init__(self, settings: KafkaSettings, topic: str, *, live: bool, name: str = "kafka") -> None:
        self.name = name
        self._topic = topic
        self._live = live
        self._settings = settings
        self._ends: dict[int, int] = {}
        self._problem = ""
        # the group is only a name: partitions are assigned, and nothing is ever committed
        config: dict[str, Any] = {
            **settings.librdkafka(),
            "group.id": "data-simulator-audit",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
            "error_cb": self._on_error,
            "log_level": 0,
        }
        self._consumer = Consumer(config)

    def start(self) -> None:
        """Find the partitions and how far they reach. `CannotStart` when there is no such topic to be read."""
        try:
            found = self._consumer.list_topics(self._topic, timeout=READY_S).topics[self._topic]
            if found.error is not None:
                raise KafkaException(found.error)
            for number in found.partitions:
                place = TopicPartition(self._topic, number)
                first, end = self._consumer.get_watermark_offsets(place, timeout=READY_S)
                if end > first:
                    self._ends[number] = end
            places = [TopicPartition(self._topic, number, OFFSET_BEGINNING) for number in found.partitions]
            self._consumer.assign(places)
        except KafkaException as error:
            self._consumer.close()
            reason = self._problem or error.args[0].str()
            raise CannotStart(f"no topic {self._topic!r} at {self._settings.servers}: {reason}") from error

    @property
    def drained(self) -> bool:
        """Whether all was read that was there at the start."""
        return not self._ends

    def take(self, timeout_s: float) -> list[Message]:
        """What has come; waits a little when nothing has."""
        found: list[Message] = []
        came = self._consumer.consume(TAKEN, timeout_s)
        received = WallClock.epoch_ns() if self._live and self.drained else None
        for one in came:
            error, partition = one.error(), one.partition() or 0
            if error is None:
                headers = _headers(one.headers())
                found.append(Message(self._topic, one.key(), one.value() or b"", headers, partition, received))
            elif error.code() == KafkaError._PARTITION_EOF and (one.offset() or 0) >= self._ends.get(partition, 0):
                self._ends.pop(partition, None)
        return found

    def close(self) -> None:
        """Let go."""
        self._consumer.close()

    def _on_error(self, error: KafkaError) -> None:
        self._problem = error.str()


def _headers(given: Any) -> dict[str, bytes]:
    return {name: value or b"" for name, value in given or ()}
